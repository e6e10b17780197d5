import DaprText

extension FaultPlan {
    /// Parses a plan: one line for the seed and one for each rule; blank lines and comments after `#` are ignored.
    ///
    /// - Parameters:
    ///   - text: The plan, as ``description`` or a person writes it.
    ///   - file: The name of the text in an error.
    /// - Throws: What is wrong with the first unusable line, and what could stand there.
    package init(parsing text: String, file: String = "fault plan") throws(FaultPlanError) {
        self.init()
        var hasSeed = false
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
        for (index, line) in lines.enumerated() {
            do throws(LineFault) {
                guard let words = FaultWords.split(line) else { throw LineFault(.brokenQuote) }
                guard let first = words.first else { continue }
                if first == FaultWords.Word(value: "seed") {
                    guard !hasSeed, words.count == 2, words[1].name == nil, let seed = UInt64(words[1].value) else {
                        throw LineFault(.badSeed)
                    }
                    self.seed = seed
                    hasSeed = true
                } else {
                    rules.append(try FaultRule(words))
                }
            } catch {
                throw FaultPlanError(file: file, line: index + 1, reason: error.reason)
            }
        }
    }

    /// Parses a plan from a file.
    package init(file: String, files: any ResourceFiles = LocalFiles()) throws(FaultPlanError) {
        guard let bytes = files.bytes(of: file), let text = String(validating: bytes, as: UTF8.self) else {
            throw FaultPlanError(file: file, line: 0, reason: .unreadable)
        }
        try self.init(parsing: text, file: file)
    }
}

/// What is wrong with a line, before its position is known.
private struct LineFault: Error {
    let reason: FaultPlanError.Reason

    init(_ reason: FaultPlanError.Reason) { self.reason = reason }
}

extension FaultRule {
    fileprivate init(_ words: [FaultWords.Word]) throws(LineFault) {
        let arrow = words.firstIndex { $0 == FaultWords.Word(value: "->") }
        guard let arrow, arrow + 1 < words.count, let first = words.first else { throw LineFault(.noAction) }
        let operations = try Self.operations(first)
        let action = try FaultAction(words[(arrow + 1)...])
        guard action.operations.isSuperset(of: operations) else {
            throw LineFault(.wrongAction("\(action)", operations: action.operations))
        }
        self.init(operations, action)
        var seen: Set<FaultCondition> = []
        for word in words[..<arrow].dropFirst() {
            guard let name = word.name, let condition = FaultCondition(rawValue: name), seen.insert(condition).inserted
            else { throw LineFault(.unknownCondition(word.name ?? word.value)) }
            guard set(condition, word.value) else { throw LineFault(.badCondition(name, value: word.value)) }
        }
    }

    private static func operations(_ word: FaultWords.Word) throws(LineFault) -> Set<FaultOperation> {
        guard word.name == nil else { throw LineFault(.unknownOperation("\(word.name ?? "")=\(word.value)")) }
        var operations: Set<FaultOperation> = []
        for part in word.value.splitBytes(separator: ",", omittingEmptySubsequences: false) {
            guard let named = FaultOperation.named(part) else { throw LineFault(.unknownOperation(String(part))) }
            operations.formUnion(named)
        }
        return operations
    }

    /// Sets a condition; `false` when it cannot have this value.
    private mutating func set(_ condition: FaultCondition, _ value: String) -> Bool {
        switch condition {
        case .component: component = FaultPattern(value)
        case .key: key = FaultPattern(value)
        case .topic: topic = FaultPattern(value)
        case .attempt:
            attempts = Self.range(value)
            return attempts != nil
        case .match:
            matches = Self.range(value)
            return matches != nil
        case .every:
            every = Int(value).flatMap { $0 >= 1 ? $0 : nil }
            return every != nil
        case .chance:
            chance = Double(value).flatMap { (0...1).contains($0) ? $0 : nil }
            return chance != nil
        }
        return true
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.splitBytes(separator: "-", omittingEmptySubsequences: false)
        guard let low = ends.first.flatMap({ Int($0) }), low >= 1, ends.count <= 2 else { return nil }
        guard ends.count == 2 else { return low...low }
        if ends[1].isEmpty { return low...Int.max }
        guard let high = Int(ends[1]), high >= low else { return nil }
        return low...high
    }
}

extension FaultAction {
    fileprivate init(_ words: ArraySlice<FaultWords.Word>) throws(LineFault) {
        let texts = words.map { word in word.name.map { "\($0)=\(word.value)" } ?? word.value }
        guard let action = Self.action(texts) else { throw LineFault(.badAction(texts.joined(separator: " "))) }
        self = action
    }

    private static func action(_ words: [String]) -> FaultAction? {
        let values = words.dropFirst()
        guard let name = words.first, values.count <= (name == "fail" ? 2 : 1) else { return nil }
        switch name {
        case "refuse": return values.isEmpty ? .refuse : nil
        case "cut": return values.isEmpty ? .cut : nil
        case "lose": return values.isEmpty ? .lose : nil
        case "fail":
            guard let status = values.first.flatMap({ Int($0) }), 400...599 ~= status else { return nil }
            return .fail(status: status, errorCode: values.dropFirst().first ?? errorCode)
        case "delay": return time(values.first).map { .delay($0) }
        case "late": return time(values.first).map { .late($0) }
        case "repeat": return values.isEmpty ? .repeat : nil
        case "duplicate": return count(values.first).map { .duplicate($0) }
        case "reorder": return count(values.first).map { .reorder($0) }
        case "omit": return values.isEmpty ? .omit : nil
        case "restart": return Moment(rawValue: values.first ?? Moment.before.rawValue).map { .restart($0) }
        default: return nil
        }
    }

    private static func time(_ text: String?) -> Duration? {
        text.flatMap { GoDuration.parse($0) }.flatMap { $0 >= .zero ? $0 : nil }
    }

    private static func count(_ text: String?) -> Int? {
        guard let text else { return 1 }
        return Int(text).flatMap { 1...most ~= $0 ? $0 : nil }
    }
}
