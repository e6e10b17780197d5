import DaprText
import Testing

/// Where characters and bytes differ: U+0301 makes one character with what stands before it.
struct ByteOperationTests {
    @Test func `a mark behind a sign hides it from characters, not from bytes`() {
        let text = "/\u{301}a/b"
        #expect(!text.hasPrefix("/"))
        #expect(text.hasBytePrefix("/"))
        #expect(text.hasByteSuffix("/b") && !text.hasByteSuffix("x/\u{301}a/b"))
        #expect(text.splitBytes(separator: "/").map { Array($0.utf8) } == ["\u{301}a", "b"].map { Array($0.utf8) })
        #expect("a;\u{301}".containsByte(";"))
        #expect(Array(text.droppingBytes(1).utf8) == Array("\u{301}a/b".utf8))
        #expect("a?\u{301}b".prefix(beforeByte: "?") == "a")
    }

    @Test func `a sign that Unicode holds for equivalent is another`() {
        let text = "a\u{37E}b"
        #expect(text.contains(";"))
        #expect(!text.containsByte(";"))
        #expect(text.splitBytes(separator: ";").count == 1)
    }

    @Test func `parts are those of split`() {
        for text in ["", "/", "a//b", "/a/b/", "abc"] {
            for keepsEmpty in [true, false] {
                #expect(
                    text.splitBytes(separator: "/", omittingEmptySubsequences: !keepsEmpty)
                        == text.split(separator: "/", omittingEmptySubsequences: !keepsEmpty)
                )
                #expect(
                    text.splitBytes(separator: "/", maxSplits: 1, omittingEmptySubsequences: !keepsEmpty)
                        == text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: !keepsEmpty)
                )
            }
        }
    }

    @Test func `bytes are dropped at both ends`() {
        #expect("[a]".droppingBytes(1, last: 1) == "a")
        #expect("a".droppingBytes(2) == "")
        #expect("abc".prefix(beforeByte: "x") == "abc")
        #expect("abc"[...].prefix(beforeByte: "a").isEmpty)
    }
}
