import Foundation
import Testing

struct GuideTests {
    @Test func `the guide shows the sample that runs here`() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent()
        let guide = try String(contentsOf: root.appending(path: "docs/testing-with-dev-sidecar.md"), encoding: .utf8)
        let sample = try String(contentsOf: tests.appending(path: "GuideSample.swift"), encoding: .utf8)
        #expect(guide.contains("```swift\n\(sample)```\n"))
    }
}
