//! What the core does, one operation in one file.

mod acknowledge;
mod adopt;
mod configure;
mod connect;
mod consumer;
mod deliver;
mod expire;
mod finish;
mod import;
mod pull;
mod purge;
mod queue;
mod reset;
mod retry;
mod send;
mod set_aside;
mod settle;
mod transfer;
mod withdraw;
