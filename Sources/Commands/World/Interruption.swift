import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ctrl-C and SIGTERM: the work is cancelled, which ends everything it started here and on the nodes; twice means now.
enum Interruption {
    static func guarding(_ work: @escaping @Sendable () async -> Int32) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await watch()
                return nil
            }
            var status = ExitStatus.interrupted.rawValue
            var isInterrupted = false
            while let result = await group.next() {
                if let result {
                    status = isInterrupted ? ExitStatus.interrupted.rawValue : result
                    break
                }
                isInterrupted = true
                group.cancelAll()
                endInAnyCase()
            }
            group.cancelAll()
            return status
        }
    }

    /// Whatever does not hear that it is cancelled: a person who pressed Ctrl-C does not wait for it for ever.
    private static func endInAnyCase() {
        // A child of the group would be cancelled with the work it is to outlast, and awaited.
        Task.detached {
            try await Task.sleep(for: .seconds(20))
            StandardStream.write("\nit did not end within 20 s: ended now\n", to: STDERR_FILENO)
            ProcessEnd.exit(ExitStatus.interrupted.rawValue)
        }
    }

    /// Returns at the first signal; while the rest is being ended, a second one ends the process at once.
    private static func watch() async {
        // Under nohup a closed terminal is nothing.
        let isIgnored = unsafeBitCast(signal(SIGHUP, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(SIGHUP, SIG_DFL) }
        let signals =
            isIgnored
            ? await UnixSignalsSequence(trapping: .sigint, .sigterm)
            : await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        for await _ in signals {
            if StopSwitch.isRequested {
                StandardStream.write("\nstopped in the middle; kupgrade resume goes on\n", to: STDERR_FILENO)
                ProcessEnd.exit(ExitStatus.interrupted.rawValue)
            }
            if let step = StopSwitch.request() {
                StandardStream.write("\nstopping after \(step) (again to stop now)\n", to: STDERR_FILENO)
                continue
            }
            StandardStream.write("\nstopping (again to stop now)\n", to: STDERR_FILENO)
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
            if !isIgnored { signal(SIGHUP, SIG_DFL) }
            return
        }
        // The stream also ends when the work is done and this task is cancelled.
    }
}

enum ProcessEnd {
    static func exit(_ status: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(status)
        #elseif canImport(Musl)
            Musl.exit(status)
        #endif
    }
}
