import Testing

struct ImportTests {
    private let manifest: PackageManifest

    init() throws {
        manifest = PackageManifest(text: try Project.text("Package.swift"))
    }

    @Test func `the manifest allows exactly the imports of the table`() {
        var declared = manifest.targets
        for name in manifest.systemLibraries.keys { declared[name] = [] }
        #expect(Set(declared.keys) == Set(ImportTable.targets.keys))
        for (target, imports) in declared.sorted(by: { $0.key < $1.key }) {
            #expect(imports == ImportTable.targets[target], "\(target)")
        }
    }

    @Test func `sources import what the table allows and nothing else`() throws {
        let files = try Project.sources.get()
        #expect(!files.isEmpty)
        for file in files {
            if file.target == ImportTable.yardsticks {
                #expect(file.imports.allSatisfy { ImportTable.targets[$0.module] == nil }, "\(file.path)")
                continue
            }
            let allowed = try #require(ImportTable.targets[file.target], "\(file.path): the table has no such target")
            for (module, line) in file.imports {
                let foundation = ImportTable.foundation[file.target]?.module == module
                #expect(
                    allowed.contains(module) || ImportTable.toolchain.contains(module) || foundation,
                    "\(file.path):\(line): \(file.target) may not import \(module)"
                )
            }
        }
    }

    @Test func `tests import their subject and what the manifest gives them`() throws {
        for file in try Project.tests.get() {
            let allowed: Set<String>
            if file.target == "TestTools" {
                allowed = []
            } else if file.target == "TestSupport" {
                allowed = [
                    "TestTools", "DaprOperatingSystem", "Dapr", "Tasks", "TasksDapr", "DaprSidecar", "DaprJSON",
                    "DaprEventLoop",
                    "Postgres",
                ]
            } else if file.target == "DoorSupport" {
                allowed = [
                    "TaskAPI", "TaskEvents", "WebFront", "TaskJSON", "Tasks", "Dapr", "DaprHTTP", "DaprJSON", "Tokens",
                    "DaprLog",
                    "DaprMetrics",
                ]
            } else {
                let given = try #require(manifest.tests[file.target], "\(file.path): the manifest has no such target")
                // A module cannot have the hyphen of a program's name.
                let modules = given.map { $0.replacing("-", with: "_") }
                allowed = Set(modules).union([String(file.target.dropLast("Tests".count))])
            }
            for (module, line) in file.imports {
                #expect(
                    allowed.contains(module) || ImportTable.toolchain.contains(module)
                        || ImportTable.testing.contains(module),
                    "\(file.path):\(line): \(file.target) may not import \(module)"
                )
            }
        }
    }

    @Test func `nothing imports in a circle`() {
        for target in ImportTable.targets.keys {
            #expect(!ImportTable.closure(of: target).contains(target), "\(target)")
        }
    }

    @Test(arguments: ["DaprSidecar", "DaprSidecarHTTP", "DaprSidecarSQLite", "DaprSidecarPostgres", "DevSidecar"])
    func `the sidecar never reaches the client library`(target: String) {
        #expect(ImportTable.closure(of: target).isDisjoint(with: ["Dapr", "DaprCurl"]))
    }

    @Test(arguments: ["Dapr", "DaprCurl", "TaskServer"])
    func `the client library and the server never reach the sidecar`(target: String) {
        #expect(ImportTable.closure(of: target).allSatisfy { !$0.hasPrefix("DaprSidecar") })
        #expect(ImportTable.closure(of: target).isDisjoint(with: ["CSQLite", "CDaprYAML", "CPostgres"]))
    }

    @Test func `doors do not know each other, nor how tasks are stored and how HTTP is spoken`() {
        let doors: Set = ["TaskAPI", "TaskEvents"]
        for door in doors {
            let reached = ImportTable.closure(of: door)
            #expect(reached.isDisjoint(with: doors), "\(door)")
            #expect(
                reached.isDisjoint(with: [
                    "TasksDapr", "DaprCurl", "DaprHTTPServer", "CDaprMicrohttpd", "DaprEventLoop",
                ]),
                "\(door)"
            )
        }
        #expect(
            ImportTable.closure(of: "WebFront").isDisjoint(with: doors.union(["Tasks", "TaskJSON", "DaprHTTPServer"]))
        )
        #expect(ImportTable.closure(of: "DaprHTTP") == ["DaprCalendar", "DaprText"])
    }

    @Test func `the domain imports nothing of ours but text and calendar`() {
        #expect(ImportTable.closure(of: "Tasks") == ["DaprText", "DaprCalendar"])
    }
}
