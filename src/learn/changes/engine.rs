//! An engine that was lost and answers again.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::Noticed;
use crate::engine::Engine;

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// Waits for the engine to answer again and says so, once. One that answers now was not what was missing.
pub(super) async fn back(choice: Option<String>, to: UnboundedSender<Noticed>) {
    if Engine::connect(choice.as_deref()).await.is_ok() {
        return;
    }
    while !to.is_closed() {
        tokio::time::sleep(PAUSE).await;
        if Engine::connect(choice.as_deref()).await.is_ok() {
            let _ = to.send(Noticed::EngineIsBack);
            return;
        }
    }
}
