// The calls on bundles: which there are, and who is champion.

import { ask, post } from "/tablet/api.js";

export const listed = () => ask("/v1/bundles");

/** @param {string} champion that shall go */
export const rollBack = (champion) => ask("/v1/bundles/rollback", post({ bundle: champion }));

/**
 * @param {string} bundle that shall be champion
 * @param {string} [before] that keeps a share of the visits
 */
export const promote = (bundle, before) => ask("/v1/bundles/promote", post({ bundle, before }));
