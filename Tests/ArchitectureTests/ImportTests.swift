import Testing

struct ImportTests {
    private let manifest: PackageManifest

    init() throws {
        manifest = PackageManifest(text: try Project.text("Package.swift"))
    }

    @Test func `sources import what the manifest gives their target and nothing else`() throws {
        let files = try Project.sources.get()
        #expect(!files.isEmpty)
        let ours = Set(manifest.targets.keys).union(manifest.systemLibraries.keys)
        for file in files {
            if file.target == SourceRules.yardsticks {
                #expect(file.imports.allSatisfy { !ours.contains($0.module) }, "\(file.path)")
                continue
            }
            let allowed = try #require(manifest.targets[file.target], "\(file.path): the manifest has no such target")
            for (module, line) in file.imports {
                let foundation = SourceRules.foundation[file.target]?.module == module
                #expect(
                    allowed.contains(module) || SourceRules.toolchain.contains(module) || foundation,
                    "\(file.path):\(line): \(file.target) may not import \(module)"
                )
            }
        }
    }

    @Test func `tests import their subject and what the manifest gives them`() throws {
        for file in try Project.tests.get() {
            let given = try #require(
                manifest.support[file.target] ?? manifest.tests[file.target],
                "\(file.path): the manifest has no such target"
            )
            // A module cannot have the hyphen of a program's name.
            let modules = given.map { $0.replacing("-", with: "_") }
            let allowed = Set(modules).union([String(file.target.dropLast("Tests".count))])
            for (module, line) in file.imports {
                #expect(
                    allowed.contains(module) || SourceRules.toolchain.contains(module)
                        || SourceRules.testing.contains(module),
                    "\(file.path):\(line): \(file.target) may not import \(module)"
                )
            }
        }
    }

    @Test func `what a target imports it uses`() throws {
        var used: [String: Set<String>] = [:]
        for file in try Project.sources.get() { used[file.target, default: []].formUnion(file.imports.map(\.module)) }
        for (target, imports) in manifest.targets.sorted(by: { $0.key < $1.key }) {
            #expect(imports.subtracting(used[target] ?? []).isEmpty, "\(target)")
        }
    }

    @Test func `nothing imports in a circle`() {
        for target in manifest.targets.keys {
            #expect(!manifest.closure(of: target).contains(target), "\(target)")
        }
    }

    @Test(arguments: ForbiddenImport.all)
    func `what must not be reached is not reached`(_ forbidden: ForbiddenImport) {
        let known = Set(manifest.targets.keys).union(manifest.systemLibraries.keys)
        #expect(forbidden.from.union(forbidden.to).isSubset(of: known), "a rule names a target that is not there")
        for target in forbidden.from {
            let reached = manifest.closure(of: target).intersection(forbidden.to)
            #expect(reached.isEmpty, "\(target) reaches \(reached.sorted()): \(forbidden.reason)")
        }
    }

    @Test func `every door is held to the rules for doors`() {
        let doors = manifest.folders.filter { $0.hasPrefix("Doors/") }.map { String($0.dropFirst("Doors/".count)) }
            .filter { manifest.targets[$0]?.contains("WebFront") ?? false }
        #expect(Set(doors) == ForbiddenImport.doors)
    }

    @Test func `a C library is imported by its wall alone`() {
        #expect(Set(ForbiddenImport.walls.keys) == Set(manifest.systemLibraries.keys))
        for (library, walls) in ForbiddenImport.walls {
            let importers = Set(manifest.targets.filter { $0.value.contains(library) }.keys)
            #expect(importers == walls, "\(library)")
        }
    }

    @Test func `every target stands in its folder, and every folder is a target's`() throws {
        let folders = Set(
            try Project.sources.get().map { $0.path.split(separator: "/").dropFirst().prefix(2).joined(separator: "/") }
        )
        #expect(folders.subtracting(["Programs/\(SourceRules.yardsticks)"]) == manifest.folders)
    }
}
