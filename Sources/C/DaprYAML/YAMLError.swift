/// Why bytes are no YAML that this reader takes.
///
/// Lines and columns count from 1.
package enum YAMLError: Error, Equatable, Sendable {
    /// The text is longer than the limit.
    case tooLarge(limit: Int)
    /// The text breaks YAML's grammar or is not in its encoding.
    case malformed(reason: String, line: Int, column: Int)
    /// Collections are nested deeper than the limit.
    case tooDeep(limit: Int, line: Int)
    /// There are more nodes, aliases expanded, than the limit.
    case tooManyNodes(limit: Int, line: Int)
    /// A mapping has one key twice.
    case duplicateKey(String, line: Int, firstLine: Int)
    /// A mapping's key is a collection or an alias.
    case unsupportedKey(line: Int)
    /// The value of a merge key `<<` is neither a mapping nor a list of mappings.
    case badMerge(line: Int)
    /// An alias names no anchor before it.
    case unknownAlias(String, line: Int)
    /// The C library has no memory.
    case outOfMemory

    /// The line to look at; 1 when the fault has none.
    package var line: Int {
        switch self {
        case .malformed(_, let line, _), .tooDeep(_, let line), .tooManyNodes(_, let line): line
        case .duplicateKey(_, let line, _), .unsupportedKey(let line), .badMerge(let line): line
        case .unknownAlias(_, let line): line
        case .tooLarge, .outOfMemory: 1
        }
    }
}

extension YAMLError: CustomStringConvertible {
    /// What is wrong, without the line.
    package var description: String {
        switch self {
        case .tooLarge(let limit): "the text is longer than \(limit) bytes"
        case .malformed(let reason, _, let column): "\(reason) (column \(column))"
        case .tooDeep(let limit, _): "collections are nested deeper than \(limit) levels"
        case .tooManyNodes(let limit, _): "more than \(limit) nodes, aliases expanded"
        case .duplicateKey(let key, _, let first): "the key \"\(key)\" stands already on line \(first)"
        case .unsupportedKey: "a key must be plain text"
        case .badMerge: "the merge key << takes a mapping, an alias of one, or a list of such"
        case .unknownAlias(let name, _): "the alias *\(name) names no anchor before it"
        case .outOfMemory: "no memory"
        }
    }
}
