import Foundation

/// What `Package.swift` says, read as text: the compiler has no way to hand its lists to a test.
struct PackageManifest {
    /// The system libraries, each with its Debian package, when it names one.
    let systemLibraries: [String: String?]
    /// Libraries and programs, by the last part of their folder, with the targets they may import.
    let targets: [String: Set<String>]
    /// The folder of each library and program in `Sources`, with its group: `Leaves/DaprText`.
    let folders: Set<String>
    /// Test targets with what they may import beside the target they are named for.
    let tests: [String: Set<String>]
    /// The targets that tests share, with what those may import.
    let support: [String: Set<String>]
    /// The products for strangers with their targets.
    let products: [String: Set<String>]

    init(text: String) {
        func between(_ start: String, _ end: String) -> Substring {
            guard let from = text.range(of: start), let to = text.range(of: end, range: from.upperBound..<text.endIndex)
            else { return "" }
            return text[from.upperBound..<to.lowerBound]
        }
        func names(_ list: Substring) -> Set<String> { Set(list.matches(of: /"([\w-]+)"/).map { String($0.output.1) }) }
        func rows(_ section: Substring) -> [(folder: String, imports: Set<String>)] {
            let row = /\(\s*"([\w\/]+)",\s*(?:"[\w-]+",\s*)?\[([^\]]*)\]\s*\)/
            return section.matches(of: row).map { (String($0.output.1), names($0.output.2)) }
        }
        func byName(_ rows: [(folder: String, imports: Set<String>)]) -> [String: Set<String>] {
            Dictionary(rows.map { ($0.folder.split(separator: "/").last.map(String.init) ?? "", $0.imports) }) {
                $0.union($1)
            }
        }
        let library = /\.systemLibrary\(\s*name: "(\w+)"([^)]*)/
        systemLibraries = Dictionary(
            text.matches(of: library).map { match in
                let package = match.output.2.firstMatch(of: /\.apt\(\["([\w-]+)"\]/).map { String($0.output.1) }
                return (String(match.output.1), package)
            }
        ) { first, _ in first }
        let all = rows(between("let libraries", "let executables")) + rows(between("let executables", "let yardsticks"))
        targets = byName(all)
        folders = Set(all.map(\.folder))
        tests = byName(rows(between("let tests", "let package")))
        support = [
            "TestTools": [],
            "TestSupport": names(between("let testSupport", "]\n")),
            "DoorSupport": names(between("let doorSupport", "]\n")),
        ]
        let product = /\.library\(name: "(\w+)", targets: \[([^\]]*)\]\)/
        products = Dictionary(text.matches(of: product).map { (String($0.output.1), names($0.output.2)) }) {
            $0.union($1)
        }
    }

    /// Everything that `target` reaches through its imports.
    func closure(of target: String) -> Set<String> {
        var found: Set<String> = []
        var open = [target]
        while let next = open.popLast() {
            for name in targets[next] ?? [] where found.insert(name).inserted {
                open.append(name)
            }
        }
        return found
    }
}
