import Pipeline
import Testing
import YAML

@testable import Templates

@Suite struct ManifestEditTests {
    private let text = """
        # A comment that stays.
        name: shop        # and one beside it
        provider: flow
        vars:
          title: Lụa Serum
          quoted: "with: colon"
          many:
            - túi, màu kem
            # between two
            - bình
          # after the list
          few: [a, "b"]   # beside the list
          size: 12
        steps: {}
        """

    @Test func aValueIsSetAndEverythingElseStays() throws {
        var edit = ManifestEdit(text)
        try edit.set("name", to: "summer-sale")
        #expect(edit.text == text.replacing("name: shop ", with: "name: summer-sale "))
        try edit.set(variable: "title", to: "Trà")
        #expect(edit.text.contains("  title: \"Trà\"\n  quoted: \"with: colon\"\n"))
    }

    @Test func aListIsReplacedWithoutTheCommentsAfterIt() throws {
        var edit = ManifestEdit(text)
        try edit.set(variable: "many", to: "[một, \"hai, ba\", 4]")
        try edit.set(variable: "few", to: "[c]")
        let vars = try #require(try YAMLReader.read(edit.text, file: "x")["vars"])
        #expect(vars["many"]?.sequence?.map(\.scalarText) == ["một", "hai, ba", "4"])
        #expect(vars["few"]?.sequence?.map(\.scalarText) == ["c"])
        for comment in ["# after the list", "# beside the list", "# A comment that stays.", "# and one beside it"] {
            #expect(edit.text.contains(comment))
        }
    }

    /// Whatever a text looks like, it is read back as that text.
    @Test(arguments: [
        "", " ", "no", "null", "~", "12", "16:9", "a: b", "# no comment", "- dash", "\"quoted\"", "back\\slash", "two\nlines", "tab\there",
        "Lụa", "🧴", "[x]", "{y}", "&a", "*b", "!t", "%", "@", "`", "'", "\u{7}", "\u{85}", "\u{7F}", "${{ vars.title }}",
    ])
    func textsAreReadBackAsTheyAre(value: String) throws {
        var edit = ManifestEdit(text)
        try edit.set(variable: "title", to: value)
        try edit.set("provider", to: value)
        let root = try YAMLReader.read(edit.text, file: "x")
        #expect(root["vars"]?["title"]?.value == .text(value))
        #expect(root["provider"]?.value == .text(value))
        #expect(root["vars"]?["quoted"]?.value == .text("with: colon"))
    }

    @Test func whatIsNotThereIsNamed() {
        var edit = ManifestEdit(text)
        #expect(throws: ManifestEditProblem(message: "there is no variable `titel`; did you mean `title`?")) {
            try edit.set(variable: "titel", to: "x")
        }
        #expect(throws: ManifestEditProblem(message: "`many` is a list: write --var 'many=[\"one\", \"another\"]'")) {
            try edit.set(variable: "many", to: "a, b")
        }
        #expect(throws: ManifestEditProblem.self) { try edit.set("steps", to: "x") }
        #expect(edit.text == text)
    }

    @Test func everyTemplateSaysWhatItMakes() {
        #expect(CampaignTemplate.all.map(\.name) == ["ecommerce", "social", "website", "advertising"])
        for template in CampaignTemplate.all {
            #expect(template.summary.hasSuffix(".") && template.summary.count > 20, "\(template.name): \(template.summary)")
            #expect(CampaignTemplate.named(template.alias)?.name == template.name)
        }
        #expect(CampaignTemplate.named("advertising")?.files.first?.bytes.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        #expect(CampaignTemplate.named("adverts") == nil)
    }
}
