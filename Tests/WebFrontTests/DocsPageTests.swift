import DaprHTTP
import DaprText
import DoorSupport
import Foundation
import OpenSSL
import Testing

/// The page at `/docs` as it is sent; `.ci/docs_page.py` looks at it in a browser.
struct DocsPageTests {
    private static func page() async throws -> Answer {
        let api = try APIHarness()
        let page = await api.send(api.publicAPI, .get, "/docs")
        #expect(page.status == 200)
        #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
        return page
    }

    /// What stands between the only tags of a name, and is no other element's.
    private static func content(_ tag: String, of page: String) throws -> String {
        let parts = page.components(separatedBy: "<\(tag)>")
        try #require(parts.count == 2, "\(tag)")
        return try #require(parts[1].components(separatedBy: "</\(tag)>").first)
    }

    @Test func `it is small, and loads nothing but the document`() async throws {
        let page = try await Self.page()
        #expect(page.bytes.count < 60_000)
        for mark in ["http://", "https://", "src=", "<link rel=\"style", "@import", " url(", "<img", "import("] {
            #expect(!page.text.contains(mark), "\(mark)")
        }
        for store in ["localStorage", "sessionStorage", "indexedDB", "cookie", "innerHTML", "eval("] {
            #expect(!page.text.contains(store), "\(store)")
        }
    }

    @Test(arguments: ["script", "style"])
    func `its policy allows exactly what is in it`(tag: String) async throws {
        let page = try await Self.page()
        let policy = try #require(page.headers["Content-Security-Policy"])
        let digest = try SHA256.digest(of: Array(Self.content(tag, of: page.text).utf8))
        #expect(policy.contains("\(tag)-src 'sha256-\(Base64.standard.encoded(digest))';"))
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("http"))
        #expect(!page.text.contains(" style="))
    }

    @Test(arguments: ["docs.css", "docs.js"])
    func `the build put the file as it is now into the program`(name: String) async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Doors/WebFront/OpenAPI/Page")
        let file = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        let page = try await Self.page()
        #expect(try Self.content(name == "docs.js" ? "script" : "style", of: page.text) == file)
    }
}
