using Microsoft.ML;

namespace Siamese.Pipelines.Evaluation;

public static partial class RetrievalEvaluator
{
    /// <summary>Lets the rows of one view rank those of another.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="references">The references; the queries are not among them.</param>
    /// <param name="embeddingColumnName">The column of embeddings in both views: a vector of <see cref="float"/>, dense or sparse.</param>
    /// <param name="labelColumnName">
    /// The column of labels in both views: a key, text, an integer or a float. Labels are matched by value, so that the views may number
    /// their keys differently, and one may have text where the other has keys of text. A key without key values
    /// counts as its number, from 1.
    /// </param>
    /// <param name="options">The distance, the figures and the means; the defaults when null.</param>
    /// <returns>The mean figures of the queries whose class has a reference.</returns>
    /// <remarks>Both views are read once, in order, into memory.</remarks>
    /// <exception cref="ArgumentException">
    /// A view has no rows, a column is not found or of another type, a label is missing, a component is not finite, the embeddings of the
    /// views differ in length, labels are text in one view and numbers in the other, or no query's class has a reference.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RetrievalMetrics Evaluate(
        IDataView queries,
        IDataView references,
        string embeddingColumnName,
        string labelColumnName,
        RetrievalEvaluationOptions? options = null)
    {
        options ??= new RetrievalEvaluationOptions();
        EmbeddingColumns asked = EmbeddingColumns.Read(queries, embeddingColumnName, labelColumnName, labelsByValue: true, options.CancellationToken);
        EmbeddingColumns known = EmbeddingColumns.Read(references, embeddingColumnName, labelColumnName, labelsByValue: true, options.CancellationToken);
        if (asked.Dimension != known.Dimension)
        {
            throw new ArgumentException(
                $"The queries have embeddings of {asked.Dimension} components, but the references of {known.Dimension}. "
                + "Embed both with one model.",
                nameof(embeddingColumnName));
        }

        if (asked.Classes[0].IsText != known.Classes[0].IsText)
        {
            throw new ArgumentException(
                $"The labels of the queries are {Kind(asked)}, such as '{asked.Classes[0]}', but those of the references are "
                + $"{Kind(known)}, such as '{known.Classes[0]}'. Labels are matched by value: give both views the same kind.",
                nameof(labelColumnName));
        }

        var numbers = new Dictionary<LabelValue, int>();
        for (int i = 0; i < known.Classes.Count; i++)
        {
            numbers.Add(known.Classes[i], i);
        }

        int[] queryClasses = [.. asked.Classes.Select(label => numbers.GetValueOrDefault(label, -1))];
        if (queryClasses.All(number => number < 0))
        {
            throw new ArgumentException(
                $"None of the {asked.Labels.Length} queries has a reference of its class: labels such as '{asked.Classes[0]}' meet labels "
                + $"such as '{known.Classes[0]}'. Give both views the same labels.",
                nameof(labelColumnName));
        }

        return Evaluate(
            asked.Embeddings,
            Array.ConvertAll(asked.Labels, label => queryClasses[label]),
            known.Embeddings,
            known.Labels,
            known.Dimension,
            options);

        static string Kind(EmbeddingColumns columns) => columns.Classes[0].IsText ? "text" : "numbers";
    }

    /// <summary>Lets each row of a view rank all others.</summary>
    /// <param name="embeddings">The rows.</param>
    /// <param name="embeddingColumnName">The column of embeddings: a vector of <see cref="float"/>, dense or sparse.</param>
    /// <param name="labelColumnName">The column of labels: a key, text, an integer or a float.</param>
    /// <param name="options">The distance, the figures and the means; the defaults when null.</param>
    /// <returns>The mean figures of the rows that are not alone in their class.</returns>
    /// <remarks>The view is read once, in order, into memory.</remarks>
    /// <exception cref="ArgumentException">
    /// The view has no rows, a column is not found or of another type, a label is missing, a component is not finite, or no two rows are of
    /// one class.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RetrievalMetrics EvaluateLeaveOneOut(
        IDataView embeddings,
        string embeddingColumnName,
        string labelColumnName,
        RetrievalEvaluationOptions? options = null)
    {
        options ??= new RetrievalEvaluationOptions();
        EmbeddingColumns rows = EmbeddingColumns.Read(embeddings, embeddingColumnName, labelColumnName, labelsByValue: true, options.CancellationToken);
        return EvaluateLeaveOneOut(rows.Embeddings, rows.Labels, rows.Dimension, options);
    }
}
