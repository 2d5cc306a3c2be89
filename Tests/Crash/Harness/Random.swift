import Simulation

extension SplitMix64 {
    /// 0..<bound.
    mutating func pick(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
    mutating func chance(_ percent: Int) -> Bool { pick(100) < percent }
}
