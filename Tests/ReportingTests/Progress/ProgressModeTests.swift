import Testing

@testable import Reporting

@Suite struct ProgressModeTests {
    @Test func autoTakesTheTerminalThatCanRedraw() {
        let xterm = ["TERM": "xterm-256color"]
        #expect(ProgressMode.auto.resolved(isTerminal: true, environment: xterm) == .tty)
        #expect(ProgressMode.auto.resolved(isTerminal: false, environment: xterm) == .plain)
        #expect(ProgressMode.auto.resolved(isTerminal: true, environment: ["TERM": "dumb"]) == .plain)
        #expect(ProgressMode.auto.resolved(isTerminal: true, environment: [:]) == .plain)
        #expect(ProgressMode.auto.resolved(isTerminal: true, environment: ["TERM": "xterm", "CI": "true"]) == .plain)
        #expect(ProgressMode.tty.resolved(isTerminal: true, environment: ["TERM": "xterm", "CI": "true"]) == .tty)
        #expect(ProgressMode.tty.resolved(isTerminal: false, environment: xterm) == .plain)
        #expect(ProgressMode.none.resolved(isTerminal: true, environment: xterm) == .none)
        #expect(ProgressMode.plain.resolved(isTerminal: true, environment: xterm) == .plain)
    }

    @Test(arguments: [("true", true), ("1", true), ("woodpecker", true), ("false", false), ("0", false), ("", false)])
    func whatCountsAsCI(value: String, isCI: Bool) {
        #expect(ProgressMode.isCI(["CI": value]) == isCI)
        #expect(!ProgressMode.isCI([:]))
    }

    @Test func coloursAndCharacters() {
        #expect(FrameStyle(environment: ["LANG": "vi_VN.UTF-8"]) == FrameStyle(isColoured: true, isUnicode: true))
        #expect(FrameStyle(environment: ["LANG": "vi_VN.UTF-8", "NO_COLOR": "1"]) == FrameStyle(isColoured: false, isUnicode: true))
        #expect(FrameStyle(environment: ["LANG": "en_US.UTF-8", "LC_ALL": "C"]) == FrameStyle(isColoured: true, isUnicode: false))
        #expect(FrameStyle(environment: ["NO_COLOR": ""]) == FrameStyle(isColoured: true, isUnicode: false))
    }
}
