internal import CDaprYAML

/// How much a text may ask for.
package struct YAMLLimits: Sendable {
    /// Bytes of text.
    package var bytes = 1 << 20
    /// Levels of nested collections.
    package var depth = 64
    /// Nodes in all documents, each alias counted with all it stands for.
    package var nodes = 100_000

    /// Creates the standard limits.
    package init() {}
}

extension YAMLNode {
    /// Reads every document of a text, in order; an empty document is a null scalar.
    ///
    /// Aliases are expanded within the limit of nodes. Keys must be plain text and unique within their mapping. Entries that a merge key
    /// (`<<`) brings count where it stands, as in Kubernetes' reader: what comes later replaces what came before.
    package static func documents(
        parsing bytes: [UInt8],
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> [YAMLNode] {
        guard bytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
        let composer = try Composer(bytes, limits)
        return try composer.documents()
    }
}

/// Turns libyaml's events into nodes.
///
/// The parser reads from `input`, a copy that lives as long as it does.
@safe
private final class Composer {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let limits: YAMLLimits
    private var nodeCount = 0
    private var anchors: [String: (node: YAMLNode, size: Int)] = [:]

    init(_ bytes: [UInt8], _ limits: YAMLLimits) throws(YAMLError) {
        self.limits = limits
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(from: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe input.deallocate()
            throw .outOfMemory
        }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    func documents() throws(YAMLError) -> [YAMLNode] {
        var documents: [YAMLNode] = []
        while true {
            switch try next().kind {
            case .streamStart, .documentEnd: continue
            case .documentStart:
                anchors = [:]
                documents.append(try node(from: try next(), depth: 0))
            case .streamEnd, .none: return documents
            case .scalar, .alias, .sequenceStart, .sequenceEnd, .mappingStart, .mappingEnd: continue
            }
        }
    }

    private func node(from event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
        let before = nodeCount
        try count(1, at: event)
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth, line: event.line) }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let scalar): content = .scalar(scalar)
        case .sequenceStart: content = .sequence(try sequence(depth: depth + 1))
        case .mappingStart: content = .mapping(try mapping(depth: depth + 1))
        case .alias(let name):
            guard let anchor = anchors[name] else { throw .unknownAlias(name, line: event.line) }
            try count(anchor.size - 1, at: event)
            return anchor.node
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd, .none:
            throw .malformed(reason: "a value is missing", line: event.line, column: event.column)
        }
        let node = YAMLNode(content: content, line: event.line, column: event.column, tag: event.tag)
        if let anchor = event.anchor { anchors[anchor] = (node, nodeCount - before) }
        return node
    }

    private func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var members: [YAMLNode] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { return members }
            members.append(try node(from: event, depth: depth))
        }
    }

    private func mapping(depth: Int) throws(YAMLError) -> [YAMLNode.Entry] {
        var entries = EntryList()
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { return entries.list }
            guard case .scalar(let key) = event.kind else { throw .unsupportedKey(line: event.line) }
            try count(1, at: event)
            if event.isMergeKey {
                for entry in try merged(depth: depth, line: event.line) { entries.put(entry) }
                continue
            }
            if let first = entries.note(key.text, line: event.line) {
                throw .duplicateKey(key.text, line: event.line, firstLine: first)
            }
            let value = try node(from: try next(), depth: depth)
            entries.put(YAMLNode.Entry(key: key.text, line: event.line, value: value))
        }
    }

    /// The entries behind a merge key, in the order in which they count: of a list the first mapping has the last word.
    private func merged(depth: Int, line: Int) throws(YAMLError) -> [YAMLNode.Entry] {
        let event = try next()
        let value = try node(from: event, depth: depth)
        switch (value.content, event.kind) {
        case (.mapping(let entries), _): return entries
        // An alias stands for a mapping, never for a list of them.
        case (.sequence, .alias), (.scalar, _): throw .badMerge(line: line)
        case (.sequence(let members), _):
            var entries: [YAMLNode.Entry] = []
            for member in members.reversed() {
                guard case .mapping(let more) = member.content else { throw .badMerge(line: line) }
                entries += more
            }
            return entries
        }
    }

    private func count(_ nodes: Int, at event: Event) throws(YAMLError) {
        nodeCount += nodes
        guard nodeCount <= limits.nodes else { throw .tooManyNodes(limit: limits.nodes, line: event.line) }
    }

    /// The next event; the C event is freed before this returns.
    private func next() throws(YAMLError) -> Event {
        var raw = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&raw) }
        return Event(raw)
    }

    /// What the parser says about the fault it stopped at; read at once, before the parser is used again.
    private func problem() -> YAMLError {
        let state = unsafe parser.pointee
        if unsafe state.error == YAML_MEMORY_ERROR { return .outOfMemory }
        let reason = unsafe state.problem.map { unsafe String(cString: $0) } ?? "the text is no YAML"
        if unsafe state.error == YAML_READER_ERROR {
            let offset = unsafe min(Int(clamping: state.problem_offset), input.count)
            let before = unsafe input[..<offset]
            let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = unsafe before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            return .malformed(reason: reason, line: line, column: column)
        }
        let mark = unsafe state.problem_mark
        return .malformed(reason: reason, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}

/// The entries of a mapping under construction.
private struct EntryList {
    private(set) var list: [YAMLNode.Entry] = []
    private var places: [[UInt8]: Int] = [:]
    /// The lines of the keys that are written in the mapping itself.
    private var lines: [[UInt8]: Int] = [:]

    /// Notes that a key is written in the mapping itself, and tells the line of one that was before it.
    mutating func note(_ key: String, line: Int) -> Int? { lines.updateValue(line, forKey: Array(key.utf8)) }

    /// Sets an entry in the place of one with its key.
    mutating func put(_ entry: YAMLNode.Entry) {
        if let place = places.updateValue(list.count, forKey: Array(entry.key.utf8)) {
            places[Array(entry.key.utf8)] = place
            list[place] = entry
        } else {
            list.append(entry)
        }
    }
}

/// One event of the parser, copied out of C.
private struct Event {
    enum Kind {
        case none, streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind = .none
    var line: Int
    var column: Int
    var tag: String?
    var anchor: String?

    @safe
    init(_ raw: yaml_event_t) {
        line = unsafe Int(clamping: raw.start_mark.line) + 1
        column = unsafe Int(clamping: raw.start_mark.column) + 1
        switch unsafe raw.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe Event.text(raw.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            tag = unsafe Event.text(raw.data.sequence_start.tag)
            anchor = unsafe Event.text(raw.data.sequence_start.anchor)
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            tag = unsafe Event.text(raw.data.mapping_start.tag)
            anchor = unsafe Event.text(raw.data.mapping_start.anchor)
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SCALAR_EVENT:
            let scalar = unsafe raw.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLScalar.Style =
                switch unsafe scalar.style {
                case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
                case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
                default: .plain
                }
            kind = .scalar(YAMLScalar(text: unsafe String(decoding: bytes, as: UTF8.self), style: style))
            tag = unsafe Event.text(scalar.tag)
            anchor = unsafe Event.text(scalar.anchor)
        default: kind = .none
        }
    }

    /// Whether the event is `<<` without quotes, or has the tag of a merge key.
    var isMergeKey: Bool {
        guard case .scalar(let scalar) = kind, scalar.text.utf8.elementsEqual("<<".utf8) else { return false }
        return tag.map { $0 == "tag:yaml.org,2002:merge" } ?? (scalar.style == .plain)
    }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }
}
