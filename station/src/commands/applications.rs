use crate::contract::*;
use crate::rpc::Reply;
use crate::{Failure, Station};

pub(crate) async fn begin(_s: &Station, _q: BeginRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn application(_s: &Station, _q: ApplicationRequest) -> Result<ApplicationView, Failure> {
    todo!()
}

pub(crate) async fn applications(_s: &Station, _q: ApplicationSearch) -> Result<ApplicationList, Failure> {
    todo!()
}

pub(crate) async fn refused_seen(_s: &Station, _q: ApplicationRequest) -> Result<ApplicationView, Failure> {
    todo!()
}
