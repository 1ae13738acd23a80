extension Quantity {
    /// A number of at most nineteen significant digits: `digits` times 10 to the power `exponent`.
    struct Decimal {
        private var digits: UInt128 = 0
        private var exponent: Int

        init(whole: some Collection<UInt8>, fraction: some Collection<UInt8>) {
            let all = (Array(whole) + Array(fraction)).map { $0 - 0x30 }
            let significant = all.drop { $0 == 0 }
            let kept = significant.prefix(19)
            for digit in kept { digits = digits * 10 + UInt128(digit) }
            if significant.dropFirst(19).contains(where: { $0 != 0 }) { digits += 1 }
            exponent = significant.count - kept.count - fraction.count
        }

        /// The number times the scale, as whole units or thousandths of one: rounded up, at most `Int64.max`.
        func scaled(by scale: Scale, thousandths: Bool) -> Int64 {
            // At most 10^19 * 2^60, which is below 2^128.
            var value = digits << scale.two
            var power = exponent + scale.ten + (thousandths ? 3 : 0)
            while power > 0, value != 0, value <= UInt128(Int64.max) {
                value *= 10
                power -= 1
            }
            while power < 0, value > 0 {
                guard value > 1 else { break }
                let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
                value = quotient + (remainder == 0 ? 0 : 1)
                power += 1
            }
            return Int64(clamping: value)
        }
    }
}
