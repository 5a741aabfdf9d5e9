BEGIN TRANSACTION;
CREATE TABLE "history_changes" ("decision_id" text not null primary key, "organization_id" text not null, "action" text not null, "verdict" text not null, "reason" text not null, "principal_id" text not null, "role_id" text not null, "source_address" text not null, "brief" integer not null) without rowid;
INSERT INTO "history_changes" VALUES('01a21293-b605-7000-8000-000000000006','m-0123456789abcdef0123456789abcdef','workmail:PutImpersonationRole','allow','','admin','backup','192.0.2.1',0);
CREATE TABLE "history_decisions" ("decision_id" text not null primary key, "series_id" bigint not null, "source_address" text not null, "asked" text, "items" bigint not null, "bytes" bigint not null) without rowid;
INSERT INTO "history_decisions" VALUES('01a21293-b600-7000-8000-000000000001',4387253229193909873,'192.0.2.7',NULL,3,6000);
INSERT INTO "history_decisions" VALUES('01a21293-b601-7000-8000-000000000002',7617013491431850122,'192.0.2.7',NULL,3,6000);
INSERT INTO "history_decisions" VALUES('01a21293-b602-7000-8000-000000000003',7717976884681030062,'192.0.2.7',NULL,3,6000);
INSERT INTO "history_decisions" VALUES('01a21293-b603-7000-8000-000000000004',8879767694722376165,'192.0.2.7',NULL,3,6000);
INSERT INTO "history_decisions" VALUES('01a21293-b604-7000-8000-000000000005',167360041083097298,'192.0.2.7',NULL,3,6000);
CREATE TABLE "history_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
INSERT INTO "history_migration" VALUES('0001-initial','2026-11-27T18:06:55.669Z');
CREATE TABLE "history_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
INSERT INTO "history_migration_lock" VALUES('migration_lock',0);
CREATE TABLE "history_records" ("decision_id" text not null primary key, "record" text not null, "outcome" text) without rowid;
INSERT INTO "history_records" VALUES('01a21293-b600-7000-8000-000000000001','{"type":"decision","at":"2026-11-25T12:00:00.000Z","decisionId":"01a21293-b600-7000-8000-000000000001","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"backup-tool","accessKeyId":"AKIAEXAMPLE234567ABC","roleId":"backup","roleName":"Backup","roleType":"READ_ONLY","sourceAddress":"192.0.2.7","userId":"alice","userAddress":"alice@example.com","operation":"GetItem","itemCount":3,"verdict":"allow","matchedRules":["everyone"]}
','{"type":"outcome","at":"2026-11-25T12:00:00.020Z","decisionId":"01a21293-b600-7000-8000-000000000001","status":200,"requestBytes":1000,"responseBytes":5000,"durationMs":20,"ended":"complete"}
');
INSERT INTO "history_records" VALUES('01a21293-b601-7000-8000-000000000002','{"type":"decision","at":"2026-11-25T12:00:00.001Z","decisionId":"01a21293-b601-7000-8000-000000000002","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"backup-tool","accessKeyId":"AKIAEXAMPLE234567ABC","roleId":"backup","roleName":"Backup","roleType":"READ_ONLY","sourceAddress":"192.0.2.7","userId":"alice","userAddress":"alice@example.com","operation":"GetItem","itemCount":3,"verdict":"deny","matchedRules":["everyone"],"reason":"rule-denies"}
','{"type":"outcome","at":"2026-11-25T12:00:00.021Z","decisionId":"01a21293-b601-7000-8000-000000000002","status":200,"requestBytes":1000,"responseBytes":5000,"durationMs":20,"ended":"complete"}
');
INSERT INTO "history_records" VALUES('01a21293-b602-7000-8000-000000000003','{"type":"decision","at":"2026-11-25T12:00:00.002Z","decisionId":"01a21293-b602-7000-8000-000000000003","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"backup-tool","accessKeyId":"AKIAEXAMPLE234567ABC","roleId":"backup","roleName":"Backup","roleType":"READ_ONLY","sourceAddress":"192.0.2.7","userId":"alice","userAddress":"alice@example.com","operation":"GetItem","itemCount":3,"verdict":"error","matchedRules":["everyone"],"reason":"upstream-unreachable"}
','{"type":"outcome","at":"2026-11-25T12:00:00.022Z","decisionId":"01a21293-b602-7000-8000-000000000003","status":200,"requestBytes":1000,"responseBytes":5000,"durationMs":20,"ended":"complete"}
');
INSERT INTO "history_records" VALUES('01a21293-b603-7000-8000-000000000004','{"type":"decision","at":"2026-11-25T12:00:00.003Z","decisionId":"01a21293-b603-7000-8000-000000000004","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"backup-tool","accessKeyId":"AKIAEXAMPLE234567ABC","roleId":"backup","roleName":"Backup","roleType":"READ_ONLY","sourceAddress":"192.0.2.7","userId":"alice","userAddress":"alice@example.com","operation":"GetItem","itemCount":3,"verdict":"error","matchedRules":["everyone"],"reason":"envelope-malformed"}
','{"type":"outcome","at":"2026-11-25T12:00:00.023Z","decisionId":"01a21293-b603-7000-8000-000000000004","status":200,"requestBytes":1000,"responseBytes":5000,"durationMs":20,"ended":"complete"}
');
INSERT INTO "history_records" VALUES('01a21293-b604-7000-8000-000000000005','{"type":"decision","at":"2026-11-25T12:00:00.004Z","decisionId":"01a21293-b604-7000-8000-000000000005","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"backup-tool","accessKeyId":"AKIAEXAMPLE234567ABC","roleId":"backup","roleName":"Backup","roleType":"READ_ONLY","sourceAddress":"192.0.2.7","userId":"alice","userAddress":"alice@example.com","operation":"GetItem","itemCount":3,"verdict":"error","matchedRules":["everyone"],"reason":"client-gone"}
','{"type":"outcome","at":"2026-11-25T12:00:00.024Z","decisionId":"01a21293-b604-7000-8000-000000000005","status":200,"requestBytes":1000,"responseBytes":5000,"durationMs":20,"ended":"complete"}
');
INSERT INTO "history_records" VALUES('01a21293-b605-7000-8000-000000000006','{"type":"change","at":"2026-11-25T12:00:00.005Z","decisionId":"01a21293-b605-7000-8000-000000000006","organizationId":"m-0123456789abcdef0123456789abcdef","principalId":"admin","sourceAddress":"192.0.2.1","action":"workmail:PutImpersonationRole","verdict":"allow","before":{"id":"backup","name":"Backup"},"after":{"id":"backup","name":"Nightly backup"}}
',NULL);
CREATE TABLE "history_series" ("id" bigint primary key, "organization_id" text not null, "role_id" text not null, "role_name" text not null, "principal_id" text not null, "user_id" text not null, "mailbox" text not null, "operation" text not null, "verdict" text not null, "reason" text not null, "last_at" bigint not null);
INSERT INTO "history_series" VALUES(167360041083097298,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','alice','alice@example.com','GetItem','error','client-gone',1795608000024);
INSERT INTO "history_series" VALUES(1769588044948613970,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','','','GetItem','deny','rule-denies',1795608000021);
INSERT INTO "history_series" VALUES(3975329965633689226,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','','','GetItem','error','upstream-unreachable',1795608000022);
INSERT INTO "history_series" VALUES(4387253229193909873,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','alice','alice@example.com','GetItem','allow','',1795608000020);
INSERT INTO "history_series" VALUES(5332628457060256596,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','','','GetItem','allow','',1795608000020);
INSERT INTO "history_series" VALUES(6927024333942468350,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','','','GetItem','error','client-gone',1795608000024);
INSERT INTO "history_series" VALUES(7617013491431850122,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','alice','alice@example.com','GetItem','deny','rule-denies',1795608000021);
INSERT INTO "history_series" VALUES(7717976884681030062,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','alice','alice@example.com','GetItem','error','upstream-unreachable',1795608000022);
INSERT INTO "history_series" VALUES(8631504685778347600,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','','','GetItem','error','envelope-malformed',1795608000023);
INSERT INTO "history_series" VALUES(8879767694722376165,'m-0123456789abcdef0123456789abcdef','backup','Backup','backup-tool','alice','alice@example.com','GetItem','error','envelope-malformed',1795608000023);
CREATE TABLE "history_sums" ("series_id" bigint not null, "hour" bigint not null, "requests" bigint not null, "items" bigint not null, "bytes" bigint not null, "singles" bigint not null, "last_at" bigint not null, constraint "history_sums_primary_key" primary key ("series_id", "hour")) without rowid;
INSERT INTO "history_sums" VALUES(167360041083097298,498780,1,3,6000,1,1795608000024);
INSERT INTO "history_sums" VALUES(4387253229193909873,498780,1,3,6000,1,1795608000020);
INSERT INTO "history_sums" VALUES(7617013491431850122,498780,1,3,6000,1,1795608000021);
INSERT INTO "history_sums" VALUES(7717976884681030062,498780,1,3,6000,1,1795608000022);
INSERT INTO "history_sums" VALUES(8879767694722376165,498780,1,3,6000,1,1795608000023);
CREATE TABLE "history_totals" ("series_id" bigint not null, "hour" bigint not null, "requests" bigint not null, "items" bigint not null, "bytes" bigint not null, "singles" bigint not null, "last_at" bigint not null, constraint "history_totals_primary_key" primary key ("series_id", "hour")) without rowid;
INSERT INTO "history_totals" VALUES(1769588044948613970,498780,1,3,6000,1,1795608000021);
INSERT INTO "history_totals" VALUES(3975329965633689226,498780,1,3,6000,1,1795608000022);
INSERT INTO "history_totals" VALUES(5332628457060256596,498780,1,3,6000,1,1795608000020);
INSERT INTO "history_totals" VALUES(6927024333942468350,498780,1,3,6000,1,1795608000024);
INSERT INTO "history_totals" VALUES(8631504685778347600,498780,1,3,6000,1,1795608000023);
CREATE TABLE "history_writers" ("writer" text primary key, "number" bigint not null, "at" bigint not null);
INSERT INTO "history_writers" VALUES('7fab5f30-031f-46bf-b935-77477a0be9d7',1,1795608000000);
CREATE INDEX "history_sums_by_hour" on "history_sums" ("hour", "series_id", "requests", "items", "bytes", "singles", "last_at");
CREATE INDEX "history_totals_by_hour" on "history_totals" ("hour", "series_id", "requests", "items", "bytes", "singles", "last_at");
CREATE INDEX "history_decisions_by_series" on "history_decisions" ("series_id", "decision_id");
COMMIT;
