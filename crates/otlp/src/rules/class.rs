//! The closed lists behind the columns `req_class`, `dep_type` and `attr_types`, with the numbers that are stored.

macro_rules! stored_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $code,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the number that is stored.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// Returns the word used in queries and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads the number.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

stored_enum! {
    /// The request class of a span: column `req_class`.
    ReqClass {
        /// Not a request.
        None = 0 "",
        /// Kind SERVER.
        Serve = 1 "serve",
        /// Kind CONSUMER that processes.
        Consume = 2 "consume",
        /// A job of its own.
        Job = 3 "job",
        /// A health check; never counted.
        Probe = 4 "probe",
    }
}

stored_enum! {
    /// What kind of dependency a span calls: column `dep_type`.
    DepType {
        /// None, or the driver below another database span.
        None = 0 "",
        /// redis, valkey, memcached.
        Cache = 1 "cache",
        /// Any other database.
        Db = 2 "db",
        /// A queue or topic.
        Messaging = 3 "messaging",
        /// A remote procedure.
        Rpc = 4 "rpc",
        /// HTTP.
        Http = 5 "http",
        /// Anything else.
        Other = 6 "other",
    }
}

stored_enum! {
    /// The type of an attribute where the maps alone do not tell: column `attr_types`.
    ///
    /// Without an entry: a key in `attrs` is text; in `num_attrs` an integer if the value is whole, else a double; in
    /// both an integer beyond 2^53, whose digits are the text.
    AttrType {
        /// Text that reads `true` or `false`.
        Text = 1 "text",
        /// A bool, kept as `true` or `false`.
        Bool = 2 "bool",
        /// A double whose value is whole.
        Double = 4 "double",
        /// Bytes, kept as base64.
        Bytes = 5 "bytes",
        /// An array, kept as JSON.
        Array = 6 "array",
        /// A map, kept as JSON.
        KvList = 7 "kvlist",
    }
}

/// The value of `class` in RED rows of dependencies; the others are the codes of [`ReqClass`].
pub const RED_DEPENDENCY: u8 = 5;
