//! Numbers as the engine has them.

/// A number as it lies in memory.
pub(crate) trait Number: Copy {
    const WIDTH: usize;
    const NAME: &'static str;
    fn put(self, to: &mut [u8]);
}

macro_rules! number {
    ($($kind:ty => $name:literal),*) => {$(
        impl Number for $kind {
            const WIDTH: usize = size_of::<$kind>();
            const NAME: &'static str = $name;
            #[inline]
            fn put(self, to: &mut [u8]) {
                to.copy_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
number!(
    u8 => "UInt8", u16 => "UInt16", u32 => "UInt32", u64 => "UInt64", u128 => "UInt128",
    i8 => "Int8", i16 => "Int16", i32 => "Int32", i64 => "Int64", f32 => "Float32", f64 => "Float64"
);

/// Milliseconds of nanoseconds, rounded down: the day of a time stays the same.
pub(crate) const fn milliseconds(ns: i64) -> i64 {
    ns.div_euclid(1_000_000)
}
