internal import CLinux

/// Is told when a descriptor it registered is ready; called on the loop's thread.
package protocol DescriptorHandler: AnyObject {
    func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents)
}

/// What runs at the end of a loop's turn after it was marked dirty; called on the loop's thread.
package protocol LoopSource: AnyObject {
    func runPending()
}

/// What a descriptor is ready for, or is watched for.
package struct DescriptorEvents: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There is something to read, or the other side has finished sending.
    package static let readable = DescriptorEvents(rawValue: 1)
    /// There is room to write.
    package static let writable = DescriptorEvents(rawValue: 2)
    /// The descriptor has failed or hung up; reported whether asked for or not.
    package static let failed = DescriptorEvents(rawValue: 4)

    init(epollMask mask: UInt32) {
        var events: DescriptorEvents = []
        if mask & clinux_epoll_in != 0 { events.insert(.readable) }
        if mask & clinux_epoll_out != 0 { events.insert(.writable) }
        if mask & clinux_epoll_bad != 0 { events.insert(.failed) }
        self = events
    }

    var epollMask: UInt32 {
        (contains(.readable) ? clinux_epoll_in : 0) | (contains(.writable) ? clinux_epoll_out : 0)
    }
}
