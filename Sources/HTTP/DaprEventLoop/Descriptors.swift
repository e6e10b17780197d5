internal import CDaprLinux

/// Handles a registered descriptor when it is ready; called on the loop's thread.
package protocol DescriptorHandler: AnyObject {
    func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents)
}

/// Work that a loop runs at the end of the turn in which it was marked dirty; called on the loop's thread.
package protocol LoopSource: AnyObject {
    func runPending()
}

/// The conditions of a descriptor that are watched or have occurred.
package struct DescriptorEvents: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    // Computed, and made from plain bits below: constants and literals would cost look-ups and arrays on every event.

    /// Nothing.
    package static var none: DescriptorEvents { DescriptorEvents(rawValue: 0) }
    /// There is data to read, or the other side has finished sending.
    package static var readable: DescriptorEvents { DescriptorEvents(rawValue: 1) }
    /// There is room to write.
    package static var writable: DescriptorEvents { DescriptorEvents(rawValue: 2) }
    /// The descriptor has failed or hung up; reported even if not asked for.
    package static var failed: DescriptorEvents { DescriptorEvents(rawValue: 4) }

    init(epollMask mask: UInt32) {
        self.init(
            rawValue: (mask & clinux_epoll_in != 0 ? 1 : 0) | (mask & clinux_epoll_out != 0 ? 2 : 0)
                | (mask & clinux_epoll_bad != 0 ? 4 : 0)
        )
    }

    var epollMask: UInt32 {
        (rawValue & 1 != 0 ? clinux_epoll_in : 0) | (rawValue & 2 != 0 ? clinux_epoll_out : 0)
    }
}
