import Testing

@testable import Manifest

@Suite struct SlugTests {
    @Test(arguments: [
        ("Lụa Serum", "lua-serum"), ("16:9", "16-9"), ("Đường phố Hà Nội", "duong-pho-ha-noi"), ("ĐẸP", "dep"),
        ("beach at dawn", "beach-at-dawn"),
        ("  --a--b--  ", "a-b"), ("", ""), ("🙂", ""), ("a🙂b", "a-b"), ("Straße", "strasse"), ("Øre & Æble", "ore-aeble"),
        ("v1.5_final", "v1-5-final"),
        ("商品 写真", "商品-写真"), ("한국어", "한국어"), ("ไทย", "ไทย"), ("İstanbul", "istanbul"), ("a/b\\c:d", "a-b-c-d"), ("../..", ""), ("ﬁ", "ﬁ"),
        ("Nguyễn Văn Ước", "nguyen-van-uoc"), ("x\u{0}y", "x-y"),
    ])
    func slugs(text: String, expected: String) {
        #expect(text.slug == expected)
        #expect(text.slug.slug == text.slug)
    }

    /// Both forms of a letter with marks are one letter.
    @Test func composedAndDecomposedAreTheSame() {
        #expect("Lụa".decomposed.slug == "lua")
        #expect("ữ".decomposed.slug == "ữ".slug)
    }
}

extension String {
    fileprivate var decomposed: String { self == "Lụa" ? "Lu\u{323}a" : "u\u{31B}\u{303}" }

    /// The stem of a file is what its labels' slugs give, joined.
    @Test func slugsOfSeveralAreJoined() {
        let texts = [
            ["a", "b"], ["", "b"], ["a", ""], ["--", "x y", "!"], ["16:9", "Lụa", "Z"], [], [""], ["-a-", "-B"], ["đ"], ["a", "é", "."],
        ]
        for texts in texts {
            #expect(String.slug(ofAll: texts) == texts.map(\.slug).filter { !$0.isEmpty }.joined(separator: "-"), "\(texts)")
        }
    }
}
