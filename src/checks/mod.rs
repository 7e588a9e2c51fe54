//! One file a check kind: what it asks the engine (`observe`), and a pure verdict on the answer (`judge`).

mod matching;
mod nonce;

pub use nonce::{Nonce, fresh_seed};
