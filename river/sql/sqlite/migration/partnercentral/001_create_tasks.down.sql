DROP TABLE /* TEMPLATE: schema */partnercentral_nudge;
DROP TABLE /* TEMPLATE: schema */partnercentral_lease;
DROP TABLE /* TEMPLATE: schema */partnercentral_task;
