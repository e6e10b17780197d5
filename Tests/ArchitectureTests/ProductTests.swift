import Foundation
import Testing

struct ProductTests {
    /// Where the package manager puts programs, beside the tests that run now.
    private static let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    private static let isBuilt =
        FileManager.default.isExecutableFile(atPath: programs.appending(path: "task-server").path)
        || ProcessInfo.processInfo.environment["CI"] == "true"

    @Test(.enabled(if: isBuilt, "task-server is not built; `make test` builds it first"))
    func `task-server loads no database, no YAML and no full Foundation`() throws {
        let loaded = try Self.loadedLibraries(of: "task-server")
        #expect(loaded.contains("libcurl"), "\(loaded)")
        #expect(loaded.contains("libmicrohttpd"), "\(loaded)")
        for library in ["libpq.", "libsqlite3", "libyaml", "libFoundation.so", "lib_FoundationICU", "libicu"] {
            #expect(!loaded.contains(library), "task-server loads \(library)\n\(loaded)")
        }
    }

    @Test func `what a product is built of has a name that no other package has`() throws {
        let manifest = PackageManifest(text: try Project.text("Package.swift"))
        #expect(Set(manifest.products.keys) == ["Dapr", "DaprCurl", "DaprTesting"])
        for (product, targets) in manifest.products {
            let all = targets.reduce(into: targets) { $0.formUnion(manifest.closure(of: $1)) }
            for target in all.sorted() {
                #expect(target.hasPrefix("Dapr") || target.hasPrefix("CDapr"), "\(product) is built of \(target)")
            }
        }
    }

    @Test func `a program is no product, so that what it is built of may be called as in other packages`() throws {
        let manifest = try Project.text("Package.swift")
        #expect(!manifest.contains(".executable("))
        #expect(!manifest.contains("packageDirectory"), "the manifest is the same wherever it stands")
    }

    @Test func `the Debian packages of the manifest are those of apt.txt`() throws {
        let manifest = PackageManifest(text: try Project.text("Package.swift"))
        let listed = try Project.text("apt.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
        #expect(listed.allSatisfy { $0.count == 3 }, "apt.txt: package, sign, group")
        let libraries = Set(listed.filter { $0.last == "build" && $0[1].hasPrefix("pc:") }.compactMap(\.first))
        #expect(libraries == Set(manifest.systemLibraries.values.compactMap { $0 }))
        #expect(!libraries.isEmpty)
    }

    /// Every library that the program would load, also those that a library needs.
    private static func loadedLibraries(of program: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/ldd")
        process.arguments = [programs.appending(path: program).path]
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ldd \(program)")
        return String(decoding: bytes, as: UTF8.self)
    }
}
