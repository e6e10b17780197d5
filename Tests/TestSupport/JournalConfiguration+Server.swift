package import TasksDapr

extension JournalConfiguration {
    /// As a server has it, with each read by itself.
    package static let ofServer = JournalConfiguration(
        commandDeadline: .seconds(15),
        callTimeout: .seconds(5),
        waitingCommands: 1024,
        readsPerCall: 1,
        viewBytes: 256 << 20,
        bookTextBytes: 64 << 20,
        historyRetention: nil,
        leaseTime: .seconds(10),
        drainTime: .seconds(5)
    )
}
