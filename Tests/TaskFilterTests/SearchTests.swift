import Testing

@testable import TaskFilter

struct SearchTests {
    private func rank(
        _ query: String,
        title: String = "",
        tags: [String] = [],
        description: String? = nil
    ) throws -> Int? {
        let task = FilteredTask(titleText: title, descriptionText: description, tagTexts: tags)
        return try SearchQuery(parsing: query).rank(of: task)
    }

    @Test(
        arguments: [
            ("milk", "Buy milk", true), ("MIL", "Buy milk", true), ("ilk", "Buy milk", false),
            ("milky", "Buy milk", false),
            ("milk buy", "Buy milk", true), ("milk bread", "Buy milk", false),
            ("cafe", "Caf\u{E9}", true), ("CAF\u{C9}", "cafe\u{301}s", true), ("strasse", "Stra\u{DF}e 5", true),
            ("5", "Stra\u{DF}e 5", true),
            (
                "\u{3BF}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3B5}\u{3C5}\u{3C3}",
                "\u{1F48}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3B5}\u{1F7B}\u{3C2}", true
            ),
            ("\u{451}\u{436}", "\u{415}\u{416}\u{418}\u{41A}", true),
            // Punctuation parts words, in the query too, and there the parts stand side by side.
            ("e-mail", "Write e-mail", true), ("e-mail", "Write E mail", true), ("e-mail", "mail e", false),
            ("mail", "e-mail", true),
            ("don't", "I don\u{2019}t", true), ("e-mai", "an e-mail", true), ("a_b", "x a_b", true),
            // A phrase is whole words side by side.
            ("\"buy milk\"", "Please buy: milk!", true), ("\"buy mil\"", "buy milk", false),
            ("\"milk buy\"", "buy milk", false),
            ("\"buy milk", "buy milkshake", true), ("\u{201C}buy milk\u{201D}", "buy milk", true),
            ("\"buy\" mil", "milk to buy", true),
            ("\"a a b\"", "a a a b", true), ("\"\" milk", "milk", true),
            // Scripts without spaces are found anywhere.
            ("\u{725B}\u{5976}", "\u{4E70}\u{725B}\u{5976}", true),
            ("\u{5976}\u{725B}", "\u{4E70}\u{725B}\u{5976}", false),
            ("\u{3061}", "\u{3053}\u{3093}\u{306B}\u{3061}\u{306F}", true),
            ("\u{E02}\u{E49}\u{E32}\u{E27}", "\u{E01}\u{E34}\u{E19}\u{E02}\u{E49}\u{E32}\u{E27}", true),
            ("\u{D559}", "\u{D559}\u{AD50}", true), ("\u{D558}", "\u{D559}\u{AD50}", true),
            ("\u{AD50}", "\u{D559}\u{AD50}", false),
            ("\u{915}\u{93F}", "\u{915}\u{93F}\u{924}\u{93E}\u{92C}", true),
            ("\u{915}\u{93E}", "\u{915}\u{93F}\u{924}\u{93E}\u{92C}", false),
            // Signs are words, of whatever colour.
            ("\u{1F95B}", "oat\u{1F95B}milk", true), ("milk", "oat\u{1F95B}milk", true),
            ("\u{1F44D}", "\u{1F44D}\u{1F3FD}", true), ("\u{2764}\u{FE0F}", "\u{2764}", true),
            ("co\u{AD}operate", "cooperate", true),
        ] as [(String, String, Bool)]
    )
    func `a task is found by words, their beginnings, and phrases`(query: String, title: String, isFound: Bool) throws {
        #expect((try rank(query, title: title) != nil) == isFound)
    }

    @Test func `what is known without Unicode's properties is what they say`() {
        for scalar in (0...0x20000).lazy.compactMap({ Unicode.Scalar($0 as UInt32) })
        where WordPart(of: scalar) != WordPart(byPropertiesOf: scalar) {
            Issue.record("U+\(String(scalar.value, radix: 16)) is \(WordPart(of: scalar))")
        }
    }

    @Test func `titles count before tags, these before descriptions, and whole words before beginnings`() throws {
        let ranks = [
            try rank("milk", title: "milk"), try rank("milk", title: "milky"),
            try rank("milk", title: "x", tags: ["a milk"]),
            try rank("milk", title: "x", tags: ["milky"]),
            try rank("milk", title: "x", tags: ["x"], description: "milk"),
            try rank("milk", title: "x", description: "milky"),
            try rank("milk", title: "x", tags: ["x"], description: "x"),
        ]
        #expect(ranks == [6, 5, 4, 3, 2, 1, nil])
    }

    @Test func `the best place counts, and the words are added`() throws {
        #expect(try rank("milk", title: "milky milk", tags: ["milk"], description: "milk") == 6)
        #expect(try rank("milk", title: "milk milky") == 6)
        // The better place begins inside the other.
        #expect(try rank("ab-a", title: "ab ab a") == 6)
        #expect(try rank("milk", tags: ["milky", "milk"]) == 4)
        #expect(try rank("milk oat", title: "oats", tags: ["milk"]) == 9)
        #expect(try rank("\"oat milk\" b", title: "oat milk", description: "b") == 8)
        #expect(try rank("\"oat milk\"", title: "oat", tags: ["milk"], description: "oat milk") == 2)
    }

    @Test func `a phrase is in one text`() throws {
        #expect(try rank("\"a b\"", tags: ["a", "b"]) == nil)
    }

    @Test(arguments: [
        ("Milk  CAF\u{C9}", "milk cafe"), ("\"Oat  Milk\"x", "\"oat milk\" x"), ("e-Mail", "e-mail"),
        ("\"oat mi", "oat-mi"), ("\u{1F95B},a", "\u{1F95B}-a"),
    ])
    func `searches for the same have one canonical text`(query: String, canonical: String) throws {
        let query = try SearchQuery(parsing: query)
        #expect(query.text == canonical)
        #expect(try SearchQuery(parsing: canonical) == query)
    }

    @Test func `a search without a word, or with too much, is refused`() throws {
        for text in ["", "  ", "\"\"", "--", "\u{301}", "\"", "+=<>", "\u{200D}"] {
            #expect(throws: SearchError.noWord) { try SearchQuery(parsing: text) }
        }
        _ = try SearchQuery(
            parsing: String(repeating: "\u{1F600}", count: 4) + String(repeating: "\u{10FFFF}", count: 196)
        )
        #expect(throws: SearchError.tooLong(limit: 200)) {
            try SearchQuery(parsing: String(repeating: "a", count: 201))
        }
        #expect(throws: SearchError.tooLong(limit: 200)) {
            try SearchQuery(parsing: String(repeating: "a", count: 2_000_000))
        }
        _ = try SearchQuery(parsing: "1 2 3 4 5 6 7 8 9 \"10 11\"")
        #expect(throws: SearchError.tooManyWords(limit: 10)) { try SearchQuery(parsing: "1 2 3 4 5 6 7 8 9 10 11") }
        for error in [SearchError.noWord, .tooLong(limit: 200), .tooManyWords(limit: 10)] {
            #expect(error.description.hasSuffix("."))
        }
    }
}
