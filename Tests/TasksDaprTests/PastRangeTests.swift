import Tasks
import Testing

@testable import TasksDapr

/// Where the way to a past book begins, and how long it is.
struct PastRangeTests {
    private func range(head: Int, first: Int = 1, checkpoints: [Int] = [], reach: Int = 2048) -> PastRange {
        var stored = SnapshotHead(
            snapshot: BookSnapshot(sequence: head, time: .epoch, places: 0, numbering: 0, pages: [:], keys: []),
            published: 0,
            first: first
        )
        stored.checkpoints = checkpoints.map { SnapshotCheckpoint(sequence: $0, mark: "m") }
        return PastRange(head: head, stored: stored, reach: reach)
    }

    private func checkpoint(_ sequence: Int) -> PastStart {
        .checkpoint(SnapshotCheckpoint(sequence: sequence, mark: "m"))
    }

    @Test func `with checkpoints at their places each change is within reach, by half of what lies between two`() {
        let reach = PastRange.reach(SnapshotCheckpoint.interval)
        #expect(reach == 2304)
        // Each as late as a snapshot may be that is due after 64 changes, by commits of 128.
        let checkpoints = (1...5).map { $0 * 4096 + ($0.isMultiple(of: 2) ? 0 : 190) }
        let range = range(head: 24_000, checkpoints: checkpoints, reach: reach)
        #expect(range.oldest == 0)
        for sequence in 0...24_000 {
            let lengths = range.starts(for: sequence).map { abs(range.sequence(at: $0) - sequence) }
            #expect(!lengths.isEmpty || 24_000 - sequence <= reach, "\(sequence)")
            #expect(lengths.allSatisfy { $0 <= reach } && lengths == lengths.sorted())
        }
        #expect(range.starts(for: 23_000) == [])
        #expect(range.starts(for: 21_000) == [checkpoint(20_670)])
        #expect(range.starts(for: 100) == [.beginning])
        #expect(range.starts(for: 2200) == [checkpoint(4286), .beginning])
    }

    @Test func `where commits were removed, the past begins after them or as far as a checkpoint reaches back`() {
        // The checkpoint right before the first commit is one to begin at.
        let near = range(head: 9000, first: 4101, checkpoints: [4100, 8196])
        #expect(near.oldest == 4100)
        #expect(near.starts(for: 4100) == [checkpoint(4100)])
        #expect(near.starts(for: 4099) == [])
        // Where two are farther apart than it reaches from both, the past begins after what lies between.
        #expect(range(head: 9000, first: 4101, checkpoints: [4100, 8200]).oldest == 6152)
        // The one before it is of no use: the commits after it are gone.
        let far = range(head: 9000, first: 4200, checkpoints: [4100, 8200])
        #expect(far.oldest == 8200 - 2048)
        #expect(far.starts(for: 6152) == [checkpoint(8200)])
        #expect(far.starts(for: 6151) == [])
        #expect(range(head: 3000, first: 2500, checkpoints: []).oldest == 2499)
    }

    @Test func `without checkpoints it reaches back from the end, and to the beginning if that is not farther`() {
        #expect(range(head: 0).oldest == 0)
        #expect(range(head: 2048).oldest == 0)
        #expect(range(head: 4097).oldest == 0)
        let gap = range(head: 4098)
        #expect(gap.oldest == 2050)
        #expect(gap.starts(for: 2049) == [])
        #expect(gap.starts(for: 2048) == [.beginning])
        #expect(PastRange(head: 5, stored: nil, reach: 2048).starts(for: 3) == [.beginning])
    }
}
