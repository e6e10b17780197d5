/// A step of a coding path that no type's own keys name.
struct PathKey: CodingKey {
    /// What is given instead of text, so that an element's key makes none before it is read.
    private enum Name {
        case index(Int)
        case number(Int)
        case text(String)
    }

    private let name: Name

    init(index: Int) { name = .index(index) }
    init(intValue: Int) { name = .number(intValue) }
    init(stringValue: String) { name = .text(stringValue) }

    var stringValue: String {
        switch name {
        case .index(let index): "Index \(index)"
        case .number(let number): String(number)
        case .text(let text): text
        }
    }

    var intValue: Int? {
        switch name {
        case .index(let number), .number(let number): number
        case .text: nil
        }
    }

    /// The key of a superclass, when none is given.
    static let superclass = PathKey(stringValue: "super")
}
