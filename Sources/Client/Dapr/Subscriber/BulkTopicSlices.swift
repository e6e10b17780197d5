internal import DaprJSON

/// A bulk delivery of which only the entries are told apart; what they bring is not read yet.
///
/// For whoever needs little of each event: ``BulkTopicDelivery`` builds all of it, which costs several times as much.
package struct BulkTopicSlices: Sendable {
    /// One event of the delivery.
    package struct Entry: Sendable {
        /// The name of the entry in this delivery, by which it is answered.
        package let entryID: String
        /// What it brings, as the sidecar sent it: an event is a JSON object.
        ///
        /// Brackets and quotes were checked, and no more.
        package let event: [UInt8]
    }

    /// The entries, in the order of the delivery.
    package let entries: [Entry]

    /// Tells the entries of a request's body apart; nil when it is no bulk delivery, or one that ``BulkTopicDelivery`` must read.
    package init?(_ body: [UInt8]) {
        var found: [Entry]?
        var slices = JSONSlices(body)
        let isRead = slices.object { slices, name in
            guard name == "entries" else { return slices.value() != nil }
            guard found == nil else { return false }
            var entries: [Entry] = []
            defer { found = entries }
            return slices.array { slices in
                guard let entry = Entry(&slices) else { return false }
                entries.append(entry)
                return true
            }
        }
        guard isRead, slices.isAtEnd(), let found else { return nil }
        entries = found
    }

    /// The body that answers the entries, in their order; see ``BulkTopicDelivery/answerBody(_:)``.
    package func answerBody(_ answers: some Sequence<TopicEventAnswer>) -> [UInt8] {
        BulkTopicDelivery.answerBody(zip(entries.lazy.map(\.entryID), answers))
    }
}

extension BulkTopicSlices.Entry {
    fileprivate init?(_ slices: inout JSONSlices) {
        var id: String?
        var event: [UInt8]?
        let isRead = slices.object { slices, name in
            guard let place = slices.value() else { return false }
            switch name {
            case "entryId": id = slices.text(place)
            case "event": event = Array(slices.bytes[place])
            default: break
            }
            return true
        }
        guard isRead, let id, !id.isEmpty, let event else { return nil }
        (entryID, self.event) = (id, event)
    }
}
