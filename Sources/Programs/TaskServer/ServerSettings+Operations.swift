import Settings
import TasksDapr

/// The commands with which people look after books, beside a server that runs or does not.
extension ServerSettings {
    static let owners = Setting(
        optional: "owner",
        .repeated,
        help: "Whose book; may be repeated. Without it all there are.",
        environment: "TASKS_OWNERS"
    )
    static let owner = Setting(required: "owner", .nonEmptyString, help: "Whose book.")
    static let newOwner = Setting(
        optional: "owner",
        .nonEmptyString,
        help: "Whose book it becomes. Without it the one's in the file."
    )
    static let from = Setting(
        optional: "from",
        .integer(1...(1 << 53)),
        help: "The first change. Without it the first that is not known to be published."
    )
    static let replayFirst = Setting(
        "from",
        default: 1,
        range: 1...(1 << 53),
        help: "The first change; a replay that stopped goes on with what it named."
    )
    static let replayLast = Setting(
        optional: "to",
        .integer(1...(1 << 53)),
        help: "The last change. Without it the last that there is at the beginning."
    )
    // By a name of its own: the topic that a server's environment and settings file name is the live one.
    static let replayTopic = Setting(
        "replay-topic",
        default: "tasks-replay",
        help: "The topic of the replay; its subscribers are told by the attribute replay.",
        aliases: ["topic"]
    )
    static let replayRate = Setting(
        "rate",
        default: 100,
        range: 1...10_000,
        help: "How many events a second at most; each is one call."
    )
    static let all = Setting("all", default: false, help: "Redrive every dead letter there is.")
    static let output = Setting(
        optional: "output",
        .nonEmptyString,
        help: "The file to write; it is there when it is whole. Without it standard output."
    )
    static let input = Setting(
        "input",
        default: "/dev/stdin",
        help: "The file to read; of at most 1 GiB."
    )
    static let format = Setting(
        required: "to",
        .integer(CommitRecord.formats),
        help: "The format of the commit records."
    )
    static let outboxToo = Setting(
        "outbox",
        default: false,
        help: "Also find changes that were committed and are not known to be published, whatever marks and slots say."
    )
    static let snapshotFormat = Setting(
        optional: "snapshots-to",
        .integer(1...1),
        help: "Also bring snapshots back to this format, for servers of before; no newer server may run meanwhile."
    )
    static let dryRun = Setting("dry-run", default: false, help: "Only count what would be written.")
    static let sideBySide = Setting(
        "side-by-side",
        default: 8,
        range: 1...64,
        help: "How many books at a time."
    )

    static let operations: [Command<Name>] = [
        Command(
            .verify,
            summary: "Replay journals and compare them with tasks, snapshots and marks. Ends with 1 when they differ.",
            settings: [owners, outboxToo, json, sideBySide] + sidecar + [stateStore]
        ),
        Command(
            .outbox,
            summary: "Show the instances that publish, and the owners with changes that wait for it.",
            settings: [json] + sidecar + [stateStore]
        ),
        Command(
            .outboxRedrive,
            summary: "Publish an owner's changes from the journal by hand. It may be repeated.",
            settings: [owner, from] + sidecar + [stateStore, pubsub, topic]
        ),
        Command(
            .eventsReplay,
            summary:
                "Publish a stretch of an owner's changes once more, in order, to a topic of its own. It may be repeated.",
            settings: [owner, replayFirst, replayLast, replayRate, replayTopic] + sidecar + [stateStore, pubsub]
        ),
        Command(
            .export,
            summary: "Write an owner's journal and tasks as lines of JSON.",
            settings: [owner, output] + sidecar + [stateStore]
        ),
        Command(
            .importing,
            summary: "Write an exported book to a store. It goes on where it was interrupted.",
            settings: [input, newOwner] + sidecar + [stateStore]
        ),
        Command(
            .migrate,
            summary: "Bring commit records to another format, forwards or back. It goes on where it was interrupted.",
            settings: [format, snapshotFormat, owners, dryRun, sideBySide] + sidecar + [stateStore]
        ),
    ]
}
