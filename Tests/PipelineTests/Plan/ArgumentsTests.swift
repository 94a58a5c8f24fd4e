import Foundation
import Pipeline
import Testing

@Suite struct ArgumentsTests {
    @Test func areByNameInTheOrderOfCanonicalJSON() {
        let arguments: Arguments = ["é": .value(.int(1)), "b": .value(.int(2)), "Z": .value(.int(3)), "a": .value(.null)]
        #expect(arguments.names == ["Z", "a", "b", "é"])
        #expect(arguments["b"] == .value(.int(2)) && arguments["a"] == .value(.null) && arguments["c"] == nil)
        #expect(Arguments(arguments.dictionary) == arguments)
        let keys = Value.map(arguments.dictionary.mapValues { _ in .null }).canonicalJSON
        #expect(keys == "{" + arguments.names.map { "\"\($0)\":null" }.joined(separator: ",") + "}")
        #expect(Arguments([:]).isEmpty && !arguments.isEmpty)
    }

    @Test func positionsAreThoseThatWereGiven() {
        for list in [[], [0], [7], [1, 2], [0, 5, 1_000_000]] {
            let positions = Positions(list)
            #expect(Array(positions) == list && positions.count == list.count)
            #expect(positions == Positions(list) && "\(positions)" == "\(list)")
            #expect(positions + [9] == list + [9])
        }
        #expect(Positions([1]) != [2] && Positions([1]) != [1, 1])
    }
}
