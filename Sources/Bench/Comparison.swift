/// Something that is measured in turn with a yardstick.
struct Subject {
    let name: String
    /// The CPU microseconds of a call or request.
    let cost: () async throws -> Double
}

/// Measures subjects between two measurements of their yardstick, and throws away what was measured while the machine changed.
///
/// A shared machine has hours of different speed that begin and end within seconds: a round counts when the yardstick took about
/// the same before and after.
struct Comparison {
    private let yardstick: Subject
    private let subjects: [Subject]

    /// How much the two measurements of the yardstick may differ.
    private static let steadiness = 0.12

    init(_ subjects: Subject..., to yardstick: Subject) {
        self.yardstick = yardstick
        self.subjects = subjects
    }

    /// The median of each subject's cost as a multiple of the yardstick's, over so many steady rounds.
    ///
    /// After four times as many rounds what there is must do; should none have been steady, all count, and it is said.
    func ratios(rounds wanted: Int = 7) async throws -> [Double] {
        var steady: [[Double]] = []
        var all: [[Double]] = []
        var before = try await yardstick.cost()
        while steady.count < wanted, all.count < 4 * wanted {
            var costs: [Double] = []
            for subject in subjects { costs.append(try await subject.cost()) }
            let after = try await yardstick.cost()
            let floor = (before + after) / 2
            let isSteady = abs(before - after) <= Comparison.steadiness * floor
            let ratios = costs.map { $0 / floor }
            all.append(ratios)
            if isSteady { steady.append(ratios) }
            let figures = zip(subjects, costs).map { "\($0.name) \(hundredths($1)) us" }.joined(separator: ", ")
            say(
                "\(yardstick.name) \(hundredths(floor)) us, \(figures)\(isSteady ? "" : "   (left out: the machine changed)")"
            )
            before = after
        }
        if steady.isEmpty { say("the machine was never steady: every round counts") }
        let counted = steady.isEmpty ? all : steady
        return subjects.indices.map { index in median(counted.map { $0[index] }) }
    }
}
