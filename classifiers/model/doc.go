// Package model learns to label texts and says how well it does: linear models over hashed
// features, their training, their file format, and their evaluation.
//
// It owns the features of a text (Grams), the learner (Train, CrossValidate), the model as a
// compact file (Encode, Decode) and the figures (Evaluate). It does not know what the labels
// mean, reads no files, and does not normalise: texts arrive as khmer.Normalise leaves them.
//
// # The model
//
// The logit of a class is a bias and the sum of weight times value over the features of a
// text, and over a few dense inputs that a caller names. Probabilities are the softmax of
// the logits divided by a temperature, or with several labels a text the logistic function
// of a line through each logit; both are fitted on folds that the weights did not see.
//
// # Training
//
// Training minimises the weighted logistic loss with an L2 penalty by L-BFGS, which has no
// learning rate and no order of examples to choose: the same examples and options give the
// same bytes. With a prior, the weights start from those of naive Bayes, and the penalty is
// on the distance from them; for small sets that is better than either alone.
package model
