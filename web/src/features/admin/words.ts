/** The roles and tiers that there are, as the server names them. */
export const ROLES = ["member", "reviewer", "admin"] as const;
export const TIERS = ["free", "pro", "enterprise"] as const;
