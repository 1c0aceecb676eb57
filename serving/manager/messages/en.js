// English: what all views share.

export default {
  "views": "Views",
  "view.today": "Today and before",
  "view.plan": "Floor plan",
  "view.offers": "Offers",
  "view.model": "Recommender",
  "view.devices": "Staff and devices",
  "view.privacy": "Privacy",
  "store": "Store",
  "not-manager": "This page needs a token of role manager.",
  "failed": "That did not work: {why}",
};
