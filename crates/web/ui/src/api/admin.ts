// The account part of the API under the names that the pages use.
import type { CreatedKeyItem, KeyItem, KeyList, Me, NewKeyRequest, NewTenant, TenantItem, TenantList } from "./generated";

export type { KeyList, Me, NewTenant, TenantList };
export type Tenant = TenantItem;
export type Key = KeyItem;
export type NewKey = NewKeyRequest;
/** The answer to creating a key: the only time that `key` is there. */
export type CreatedKey = CreatedKeyItem;

export function may(me: Me | undefined, permission: string): boolean {
  return me?.permissions.includes(permission) === true;
}
