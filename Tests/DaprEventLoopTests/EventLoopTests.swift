import DaprEventLoop
import Foundation
import Synchronization
import Testing

struct EventLoopTests {
    @Test func `a task that prefers a loop stays on its thread over every await`() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        for loop in loops.loops {
            let stayed = await Task(executorPreference: loop) {
                var stayed = true
                for _ in 0..<50 {
                    await Task.yield()
                    stayed = stayed && loop.isCurrent
                    try? await Task.sleep(for: .microseconds(10))  // Nobody cancels it.
                    stayed = stayed && EventLoop.current === loop
                }
                return stayed
            }.value
            #expect(stayed)
        }
        #expect(EventLoop.current == nil)
    }

    @Test func `work of one thread runs in the order it was submitted`() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let seen = Mutex<[Int]>([])
        for number in 0..<1000 { loop.submit { seen.withLock { $0.append(number) } } }
        await onLoop(loop) {}
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }

    @Test func `jobs from many threads are all run`() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let count = await withTaskGroup(of: Int.self) { group in
            for index in 0..<2000 {
                group.addTask(executorPreference: loops.loops[index % 2]) {
                    await Task.yield()
                    return 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(count == 2000)
    }

    @Test func `timers fire in the order of their deadlines, and a cancelled one never`() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let fired = Mutex<[Int]>([])
        await withCheckedContinuation { done in
            loop.submit {
                var cancelled: [LoopTimer] = []
                for number in stride(from: 40, through: 0, by: -1) {
                    let timer = LoopTimer {
                        fired.withLock { $0.append(number) }
                        if number == 40 { done.resume() }
                    }
                    loop.set(timer, after: .milliseconds(number))
                    if number % 4 == 1 { cancelled.append(timer) }
                }
                for timer in cancelled {
                    loop.cancel(timer)
                    #expect(!timer.isSet)
                }
            }
        }
        #expect(fired.withLock { $0 } == (0...40).filter { $0 % 4 != 1 })
    }

    @Test func `a timer that is due with the one that cancels it does not fire`() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let fired = Mutex(false)
        await withCheckedContinuation { done in
            loop.submit {
                let victim = LoopTimer { fired.withLock { $0 = true } }
                let first = LoopTimer { loop.cancel(victim) }
                let last = LoopTimer { done.resume() }
                loop.set(first, after: .zero)
                loop.set(victim, after: .zero)
                loop.set(last, after: .milliseconds(5))
            }
        }
        #expect(fired.withLock { !$0 })
    }

    @Test func `a descriptor is told ready until it is unregistered`() async throws {
        final class Reader: DescriptorHandler {
            var bytes = 0
            let onByte: (Int) -> Void

            init(onByte: @escaping (Int) -> Void) { self.onByte = onByte }

            func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents) {
                var byte: UInt8 = 0
                guard events.contains(.readable), unsafe read(descriptor, &byte, 1) == 1 else { return }
                bytes += 1
                onByte(bytes)
            }
        }
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        await withCheckedContinuation { done in
            loop.submit {
                let reader = Reader { count in
                    if count == 3 {
                        loop.unregister(descriptor)
                        done.resume()
                    }
                }
                #expect(throws: Never.self) { try loop.register(descriptor, for: .readable, reader) }
                #expect(loop.isRegistered(descriptor))
            }
            pipe.fileHandleForWriting.write(Data([1, 2, 3, 4]))
        }
        await onLoop(loop) { #expect(!loop.isRegistered(descriptor)) }
    }

    @Test func `a descriptor that is none is refused`() async throws {
        final class Nobody: DescriptorHandler {
            func descriptorIsReady(_ descriptor: CInt, _ events: DescriptorEvents) {}
        }
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        await onLoop(loop) {
            for descriptor: CInt in [-1, 1_000_000] {
                #expect(throws: EventLoopError.self) { try loop.register(descriptor, for: .readable, Nobody()) }
            }
        }
    }

    @Test func `a stopped loop still runs the tasks that come late`() async throws {
        let loops = try EventLoopGroup(count: 1)
        let loop = loops.loops[0]
        loops.shutdown()
        let answer = await Task(executorPreference: loop) {
            await Task.yield()
            return 42
        }.value
        #expect(answer == 42)
    }

    private func onLoop(_ loop: EventLoop, _ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            loop.submit {
                work()
                done.resume()
            }
        }
    }
}
