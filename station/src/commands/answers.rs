use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn answer_set(_s: &Station, _q: AnswerRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn presence_set(_s: &Station, _q: PresenceRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn resolve(_s: &Station, _q: ResolveRequest) -> Result<ApplicationView, Failure> {
    todo!()
}
