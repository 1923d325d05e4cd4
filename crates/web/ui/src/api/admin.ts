// Shapes of the account part of the API: who is asking, tenants, keys.

export interface Me {
  readonly name: string;
  readonly kind: string;
  readonly org: string;
  readonly role: string | null;
  readonly permissions: readonly string[];
  /** The tenants that may be seen; null for all. */
  readonly tenants: readonly string[] | null;
}

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly created_at: string;
}

export interface NewTenant {
  readonly id: string;
  readonly name?: string;
  readonly plan?: string;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly environment: string;
  readonly scopes: readonly string[];
  readonly trusted: boolean;
  readonly tenant: string | null;
  readonly state: "live" | "expired" | "revoked";
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly environment?: string;
  readonly tenant?: string;
  readonly expires_at?: string;
}

/** The answer to creating a key: the only time that `key` is there. */
export type CreatedKey = Key & { readonly key: string };

export interface Items<T> {
  readonly items: readonly T[];
}

export function may(me: Me | undefined, permission: string): boolean {
  return me?.permissions.includes(permission) === true;
}
