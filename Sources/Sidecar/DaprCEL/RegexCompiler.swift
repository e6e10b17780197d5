/// Compiles a pattern into instructions.
///
/// The parser has limited their number.
struct RegexCompiler {
    private var program: [RegexInstruction] = []

    mutating func emit(_ node: RegexNode) {
        switch node {
        case .empty: break
        case .set(let set): program.append(.scalar(set))
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { emit(node) }
        case .alternatives(let nodes): emit(alternatives: nodes)
        case .repetition(let inner, let minimum, let maximum):
            for _ in 0..<minimum { emit(inner) }
            if let maximum {
                emit(optional: inner, times: maximum - minimum)
            } else {
                emit(loop: inner)
            }
        }
    }

    /// Returns the program, with the matching instruction at its end.
    consuming func finished() -> [RegexInstruction] {
        program.append(.match)
        return program
    }

    private mutating func emit(alternatives nodes: [RegexNode]) {
        var jumps: [Int] = []
        for node in nodes.dropLast() {
            let split = program.count
            program.append(.split(split + 1, split + 1))
            emit(node)
            jumps.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        if let last = nodes.last { emit(last) }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emit(optional node: RegexNode, times: Int) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(program.count)
            program.append(.split(0, 0))
            emit(node)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    private mutating func emit(loop node: RegexNode) {
        let split = program.count
        program.append(.split(0, 0))
        emit(node)
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
    }
}
