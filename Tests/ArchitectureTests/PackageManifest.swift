import Foundation

/// What `Package.swift` says, read as text: the compiler has no way to hand its lists to a test.
struct PackageManifest {
    /// The system libraries, each with its Debian package, when it names one.
    let systemLibraries: [String: String?]
    /// Libraries and programs with the targets they may import.
    let targets: [String: Set<String>]
    /// The libraries that are promised to strangers, each with its targets.
    let products: [String: Set<String>]
    /// Test targets with what they may import beside the target they are named for.
    let tests: [String: Set<String>]

    init(text: String) {
        func between(_ start: String, _ end: String) -> Substring {
            guard let from = text.range(of: start), let to = text.range(of: end, range: from.upperBound..<text.endIndex)
            else { return "" }
            return text[from.upperBound..<to.lowerBound]
        }
        func names(_ list: Substring) -> Set<String> { Set(list.matches(of: /"([\w-]+)"/).map { String($0.output.1) }) }
        func rows(_ section: Substring) -> [String: Set<String>] {
            let row = /\(\s*"(\w+)",\s*(?:"[\w-]+",\s*)?\[([^\]]*)\]\s*\)/
            return Dictionary(section.matches(of: row).map { (String($0.output.1), names($0.output.2)) }) {
                $0.union($1)
            }
        }
        let library = /\.systemLibrary\(name: "(\w+)"(?:[^\n]*\.apt\(\["([\w-]+)"\]\))?/
        systemLibraries = Dictionary(
            text.matches(of: library).map { (String($0.output.1), $0.output.2.map(String.init)) }
        ) { first, _ in first }
        targets = rows(between("let libraries", "let executables"))
            .merging(rows(between("let executables", "let tests"))) { $0.union($1) }
        tests = rows(between("let tests", "let package"))
        let product = /\.library\(name: "(\w+)", targets: \[([^\]]*)\]\)/
        products = Dictionary(text.matches(of: product).map { (String($0.output.1), names($0.output.2)) }) {
            $0.union($1)
        }
    }
}
