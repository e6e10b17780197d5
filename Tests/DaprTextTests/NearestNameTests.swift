import Testing

@testable import DaprText

struct NearestNameTests {
    @Test(
        arguments: [
            ("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abc", "acb", 1), ("", "abc", 3),
            ("kitten", "sitting", 3), ("port", "prot", 1),
        ]
    )
    func `the distance of two names counts edits and swaps`(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(left, right) == distance)
        #expect(NearestName.distance(right, left) == distance)
    }

    @Test func `only a name that is near enough is meant`() {
        let names = ["app-port", "app-id", "config"]
        #expect(NearestName.of("app-prot", among: names) == "app-port")
        #expect(NearestName.of("confg", among: names) == "config")
        #expect(NearestName.of("zzz", among: names) == nil)
        #expect(NearestName.of("", among: names) == nil)
        #expect(NearestName.of(String(repeating: "x", count: 100_000), among: names) == nil)
    }
}
