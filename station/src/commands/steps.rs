use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn sign(_s: &Station, _q: ApplicationRequest, _b: Vec<u8>) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn receive(_s: &Station, _q: ApplicationRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn resubmit(_s: &Station, _q: ApplicationRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn withdraw(_s: &Station, _q: WithdrawRequest) -> Result<ApplicationView, Failure> {
    todo!()
}
