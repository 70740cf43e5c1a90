//! Acknowledging and retrying messages that were pulled.
//!
//! Source: Cloudflare's documentation, "Pull consumers", "Acknowledge messages".

use std::collections::BTreeMap;

use serde::Serialize;

use super::ApiOptions;
use super::body::{Field, Object};
use super::call::Call;
use super::envelope::ApiResponse;
use super::error::{ApiError, codes};
use super::messages::read_delay;
use crate::broker::{AcknowledgeRequest, Acknowledged};

/// `POST /queues/:queue_id/messages/ack`.
pub(super) async fn acknowledge(api: &ApiOptions, call: &Call<'_>) -> Result<ApiResponse, ApiError> {
    let queue = call.queue_id(api).await?;
    let body = call.object()?;
    let acks = items(&body, "acks")?.into_iter().map(|ack| read_lease(&ack.object()?));
    let retries = items(&body, "retries")?.into_iter().map(|retry| {
        let retry = retry.object()?;
        Ok((read_lease(&retry)?, read_delay(&retry, codes::MESSAGE_METADATA_INVALID)?))
    });
    let request = AcknowledgeRequest {
        queue,
        acks: acks.collect::<Result<_, _>>()?,
        retries: retries.collect::<Result<_, ApiError>>()?,
    };
    let acknowledged = api.broker.acknowledge(request).await?;
    Ok(ApiResponse::success(&AcknowledgedView::from(acknowledged)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcknowledgedView {
    ack_count: u32,
    retry_count: u32,
    warnings: BTreeMap<String, String>,
}

impl From<Acknowledged> for AcknowledgedView {
    fn from(acknowledged: Acknowledged) -> Self {
        let Acknowledged { ack_count, retry_count, warnings } = acknowledged;
        Self { ack_count, retry_count, warnings: warnings.into_iter().collect() }
    }
}

fn items<'a>(body: &Object<'a>, name: &str) -> Result<Vec<Field<'a>>, ApiError> {
    body.field(name).map_or_else(|| Ok(Vec::new()), Field::array)
}

fn read_lease(item: &Object<'_>) -> Result<String, ApiError> {
    item.required("lease_id")?.text()
}
