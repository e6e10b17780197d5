import TestTools
import Testing

@testable import DaprCEL

struct LinearRegexTests {
    @Test(arguments: [
        ("abc", "xabcx"), ("", ""), ("", "x"), ("^$", ""), ("^abc$", "abc"), ("a.c", "abc"), ("a|b", "b"),
        ("a|b|", "x"), ("^(a|bc)+$", "abca"),
        ("a*", "b"), ("^a+b?$", "aaa"), ("^a{2,3}$", "aaa"), ("^a{2}$", "aa"), ("^a{2,}$", "aaaa"), ("a{,2}", "a{,2}"),
        ("x{", "x{"),
        ("[abc]", "c"), ("[^abc]", "d"), ("[a-c]+", "b"), ("[]a]", "]"), ("[a-]", "-"), ("[\\d-]", "-"),
        ("[[:alpha:]]", "q"),
        ("[[:^alpha:]]", "1"), ("[^[:alpha:]]", "1"), ("\\d\\D\\w\\W\\s\\S", "1aa! x"), ("\\bfoo\\b", "a foo b"),
        ("\\Boo", "foo"),
        ("\\Aabc\\z", "abc"), ("(?i)ABC", "aBc"), ("(?i:A)b", "ab"), ("(?i)[a-c]+$", "XABC"), ("(?m)^b$", "a\nb\nc"),
        ("(?s)a.b", "a\nb"),
        ("(?P<name>a)(?<other>b)(?:c)", "abc"), ("\\.\\*\\\\", ".*\\"), ("\\x41\\x{42}\\n", "AB\n"),
        ("\\Qa.b\\E+", "a.bbb"), ("\\pL+\\p{Nd}", "\u{E9}7"), ("\\PL", "7"), ("\\p{^L}", "7"), ("(a*)*b", "aab"),
        ("(|a)+b", "ab"),
        ("^.$", "\u{1F600}"), ("\u{E9}", "caf\u{E9}"), ("(?i)\u{C9}", "\u{E9}"), ("a*?", "b"),
        ("a+?b", "aab"), ("()*x", "x"), ("a$|b", "ab"), ("^a|b", "xb"),
    ])
    func `a pattern that matches`(pattern: String, text: String) throws {
        #expect(try LinearRegex(pattern).matches(text))
    }

    @Test(arguments: [
        ("abc", "ab"), ("^b", "ab"), ("a$", "ab"), ("^a{2,3}$", "aaaa"), ("^a{2}$", "a"), ("a.b", "a\nb"),
        ("[^a]", "a"), ("[a-c]", "d"),
        ("\\bfoo\\b", "afoo"), ("(?i:a)b", "aB"), ("^b$", "a\nb\nc"), ("\u{E9}", "e\u{301}"), ("\\d", "\u{661}"),
        ("[[:upper:]]", "a"),
        ("x", ""), (".", ""), ("^(ab)*$", "aba"),
    ])
    func `a pattern that does not match`(pattern: String, text: String) throws {
        #expect(try !LinearRegex(pattern).matches(text))
    }

    @Test(arguments: [
        ("(", LinearRegexError.unbalancedParenthesis), (")", .unbalancedParenthesis), ("[a", .invalidClass),
        ("[b-a]", .invalidClass),
        ("*", .nothingToRepeat), ("a**", .repeatedRepeat), ("a{2}{3}", .repeatedRepeat),
        ("a{1001}", .invalidRepeatCount),
        ("a{3,2}", .invalidRepeatCount), ("\\1", .invalidEscape("1")), ("\\q", .invalidEscape("q")),
        ("\\", .unexpectedEnd),
        ("(?=a)", .invalidGroup), ("(?<!a)", .invalidGroup), ("\\p{Greek}", .unknownCategory("Greek")),
        ("(a{1000}){1000}", .tooLarge),
        ("((((a{100}){100}){100}){100}){100}", .tooLarge), ("(){1000}{1000}", .repeatedRepeat),
        ("((){1000}){1000}", .tooLarge),
        (String(repeating: "(", count: 100), .tooDeep), ("[[:nope:]]", .invalidClass), ("(?i", .unexpectedEnd),
        ("\\x{110000}", .invalidEscape("x110000")),
    ])
    func `a pattern that is refused`(pattern: String, fault: LinearRegexError) {
        #expect(throws: fault) { try LinearRegex(pattern) }
        #expect(!fault.description.isEmpty)
    }

    @Test func `patterns that take others exponential time take linear time`() throws {
        let text = String(repeating: "a", count: 20_000)
        let start = ContinuousClock.now
        #expect(try !LinearRegex("^(a+)+$").matches(text + "!"))
        #expect(try !LinearRegex("(a|a)*b").matches(text))
        #expect(try !LinearRegex("^(a?){50}a{50}$").matches(String(repeating: "a", count: 49)))
        #expect(start.duration(to: .now) < .seconds(30))
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `no pattern makes compiling or matching trap`(seed: UInt64) {
        let pieces = [
            "a", "b", ".", "*", "+", "?", "|", "(", ")", "[", "]", "^", "$", "\\", "{2}", "{", "}", ",", "1", "-",
            "\\d", "\\b", "(?i)",
            "(?:", "[:alpha:]", "\\p{L}", "\\x{", "\\Q", "\u{E9}",
        ]
        var random = SeededRandom(seed: seed &+ 100)
        for _ in 0..<3_000 {
            let count = Int(random.next() % 12)
            let pattern = (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            do throws(LinearRegexError) {
                _ = try LinearRegex(pattern).matches("ab1-\u{E9}\n(]")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
