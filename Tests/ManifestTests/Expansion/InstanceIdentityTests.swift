import Pipeline
import Testing

@testable import Manifest

/// What is paid for once must keep its identity; what is asked for anew must get another.
@Suite struct InstanceIdentityTests {
    private static let campaign = """
        flowbatch: 1
        name: summer
        provider: flow
        vars: { product: serum }
        steps:
          product:
            uses: upload
            with: { file: assets/serum.png }
          scene:
            uses: r2i
            for_each: { place: [beach, city] }
            with:
              prompt: "${{ vars.product }} at the ${{ each.place }}"
              references: ["${{ steps.product.file }}"]
              aspect_ratio: "16:9"
          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", resolution: 4K }
        """

    private func identities(_ text: String, vars: [String: String] = [:]) throws -> [Identity] {
        try Campaigns.plan(text, vars: vars).instances.map(\.identity)
    }

    private func changed(_ from: String, _ to: String) throws -> [Bool] {
        #expect(Self.campaign.contains(from))
        let before = try identities(Self.campaign)
        let after = try identities(Self.campaign.replacing(from, with: to))
        #expect(before.count == after.count)
        return zip(before, after).map { $0 != $1 }
    }

    /// These digits are a promise: were they to change, every finished picture of every user would be paid again.
    @Test func valuesNeverChange() throws {
        #expect(
            try identities(Self.campaign).map(\.hex) == [
                "1f3dc320fa6d90baa25ec25c8220270a0c30c52882a26d6c92529a195a61f166",
                "75fd9354b4232f7f171f85daf978cd4658aca290cf2e83d29b39ec474788cbcd",
                "1b74ef77946db778ae16dfb0e68c68f1850c67c21cfd942a9a6e810b89539e85",
                "8dd1d7ee99f4abbf21e5cc334d2cf6464853861cdf7f4b23f3dde6067af7581c",
                "7f25683bbdf4b1708cc3272b9fdfaa46378b6cb948482d92475e49fdc373036c",
            ])
    }

    @Test func allAreDifferent() throws {
        #expect(Set(try identities(Self.campaign)).count == 5)
    }

    @Test(arguments: [
        ("scene", "picture"), ("vars: { product: serum }", "# a comment\nvars: { product: serum } # and another"),
        ("aspect_ratio: \"16:9\"", "aspect_ratio: '16:9'"),
        ("{ image: \"${{ each.item }}\", resolution: 4K }", "{ resolution: 4K, image: \"${{ each.item }}\" }"), ("place", "spot"),
        ("provider: flow\n", "provider: flow\ndefaults: { timeout: 1h, retry: { attempts: 9 } }\n"), ("${{ vars.product }} at", "serum at"),
        ("[\"${{ steps.product.file }}\"]", "[assets/serum.png]"), ("[\"${{ steps.product.file }}\"]", "[assets/copy-of-serum.png]"),
        ("provider: flow\n", "provider: flow\nproviders: { flow: { plan: turbo } }\n"),
        ("uses: r2i", "uses: reference-to-image\n    save: x/${{ each.place }}"),
        ("uses: upscale", "uses: upscale\n    needs: product"),
    ])
    func whatIsNotAskedForChangesNothing(from: String, to: String) throws {
        #expect(try changed(from, to).allSatisfy { !$0 })
    }

    @Test func aChangedPromptChangesItsInstanceAndWhatHangsOnIt() throws {
        #expect(try changed("[beach, city]", "[beach, forest]") == [false, false, true, false, true])
        #expect(try changed("product: serum }", "product: cream }") == [false, true, true, true, true])
    }

    @Test func changedFilesAndParametersChangeWhatHangsOnThem() throws {
        #expect(try changed("serum.png", "cream.png") == [true, true, true, true, true])
        #expect(try changed("4K", "2K") == [false, false, false, true, true])
        #expect(try changed("\"16:9\"", "\"9:16\"") == [false, true, true, true, true])
    }

    @Test func campaignAndAccountCount() throws {
        #expect(try changed("name: summer", "name: winter").allSatisfy { $0 })
        #expect(try changed("provider: flow\n", "provider: flow\nproviders: { flow: { account: second } }\n").allSatisfy { $0 })
        let real = try identities(Self.campaign)
        let sandbox = try Campaigns.plan(Self.campaign, sandbox: true)
        #expect(sandbox.instances.allSatisfy { $0.account == AccountID(provider: "flow", label: "sandbox") })
        #expect(zip(real, sandbox.instances).allSatisfy { $0 != $1.identity })
    }

    /// A default written out is another question to the provider's account of us: it was not what the finished picture was asked for.
    @Test func defaultsAreNotFilledIn() throws {
        #expect(try changed("      aspect_ratio: \"16:9\"\n", "") == [false, true, true, true, true])
    }

    @Test func orderOfStepsChangesNothing() throws {
        let upload = "  product:\n    uses: upload\n    with: { file: assets/serum.png }\n"
        let moved = Self.campaign.replacing(upload, with: "") + "\n" + upload
        #expect(Set(try identities(moved)) == Set(try identities(Self.campaign)))
    }

    @Test func equalInstancesAreNumbered() throws {
        let two = try identities(Campaigns.fanOut("[x, y]"))
        let three = try identities(Campaigns.fanOut("[x, y, z]"))
        #expect(Set(three).count == 3)
        #expect(Array(three.prefix(2)) == two)
        let twoSteps = try identities(Campaigns.steps("  a: { uses: t2i, with: { prompt: x } }\n  b: { uses: t2i, with: { prompt: x } }"))
        #expect(twoSteps == two)
    }

    /// Inserting or reordering pays nothing.
    @Test func insertingKeepsTheOthers() throws {
        let before = Set(try identities(Campaigns.fanOut("[x, y]", prompt: "${{ each.item }}")))
        let after = Set(try identities(Campaigns.fanOut("[w, y, x]", prompt: "${{ each.item }}")))
        #expect(before.isSubset(of: after))
    }

    @Test func generationIsRaisedForOneAndItsDependents() throws {
        let before = try identities(Self.campaign)
        let raised = before[1]
        let after = try Campaigns.plan(Self.campaign, generation: { $0 == raised ? 1 : 0 }).instances.map(\.identity)
        #expect(zip(before, after).map { $0 != $1 } == [false, true, false, true, false])
        let twice = try Campaigns.plan(Self.campaign, generation: { $0 == raised ? 2 : 0 }).instances.map(\.identity)
        #expect(twice[1] != after[1])
        #expect(try Campaigns.plan(Self.campaign, generation: { _ in -1 }).instances.map(\.identity) == before)
    }

    @Test func textNeverPassesForAFile() throws {
        let file = try #require(try Campaigns.plan(Self.campaign).instances[0].arguments["file"])
        guard case .media(.file(let local)) = file else { return #expect(Bool(false), "no file") }
        let account = AccountID(provider: "flow")
        func identity(_ argument: Argument) -> Identity {
            var descriptions = InstanceDescriptions(campaign: "c", operation: .t2i, account: account)
            return descriptions.identity(of: ["p": argument], input: { _ in nil })
        }
        let all: [Argument] = [
            .media(.file(local)), .value(.text(local.sha256)), .value(.list([.text("file"), .text(local.sha256)])),
            .media(.url(local.sha256)),
            .list([.media(.file(local))]), .list([.value(.text("file")), .value(.text(local.sha256))]),
            .media(.output(OutputReference(instance: 0, output: 0))),
        ]
        #expect(Set(all.map(identity)).count == all.count)
    }

    /// Whatever way it is written: were it another, every finished picture would be paid again.
    @Test func theDescriptionIsTheCanonicalFormOfItsMembers() {
        let account = AccountID(provider: "flow", label: "b \"quoted\"")
        let input = Identity(of: .text("input"))
        var descriptions = InstanceDescriptions(campaign: "sérum\n\u{1}", operation: .r2i, account: account)
        let arguments: Arguments = [
            "prompt": .value(.text("a \\ b")), "count": .value(.int(2)), "é": .value(.null), "seed": .value(.int(1)),
            "references": .list([.media(.output(OutputReference(instance: 0, output: 1))), .media(.url("https://a/b"))]),
        ]
        func identity(_ ordinal: Int, _ generation: Int) -> Identity {
            descriptions.identity(
                of: arguments, without: ["seed"], ordinal: ordinal, generation: generation, input: { $0 == 0 ? input : nil })
        }
        let members: Value = .map([
            "campaign": .text("sérum\n\u{1}"), "operation": .text("r2i"), "provider": .text("flow"), "account": .text("b \"quoted\""),
            "parameters": .map([
                "prompt": .list([.text("value"), .text("a \\ b")]), "count": .list([.text("value"), .int(2)]),
                "é": .list([.text("value"), .null]),
                "references": .list([
                    .text("list"), .list([.text("output"), .text(input.hex), .int(1)]), .list([.text("url"), .text("https://a/b")]),
                ]),
            ]),
        ])
        func described(_ ordinal: Int, _ generation: Int) -> Identity {
            guard case .map(var map) = members else { return input }
            map["ordinal"] = .int(ordinal)
            map["generation"] = .int(generation)
            return Identity(of: .map(map))
        }
        // One buffer writes them all.
        for (ordinal, generation) in [(7, 3), (0, 0), (123, 45), (0, 10), (7, 3)] {
            #expect(identity(ordinal, generation) == described(ordinal, generation))
        }
        _ = descriptions.identity(of: ["prompt": .value(.text("another"))], input: { _ in nil })
        #expect(identity(7, 3) == described(7, 3))
    }
}
