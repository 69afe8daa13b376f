using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Projection;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines;

/// <summary>The estimators and evaluations of deep metric learning: <c>ml.MetricLearning</c>.</summary>
public sealed partial class MetricLearningCatalog
{
    internal MetricLearningCatalog(MLContext context) => Context = context;

    /// <summary>Gets the context that the catalogue belongs to.</summary>
    public MLContext Context { get; }

    /// <summary>Embeds a column of image files, of images, or of their pixels.</summary>
    /// <param name="outputColumnName">The column of embeddings to add.</param>
    /// <param name="model">The network.</param>
    /// <param name="inputColumnName">
    /// Text, the paths of image files; images; or vectors of pixels of [0, 255], channel by channel. Null where it is <paramref name="outputColumnName"/>.
    /// </param>
    /// <param name="options">Threads, batch size, the folder of relative paths, saving; null for the defaults.</param>
    /// <returns>The estimator. Dispose its transformer.</returns>
    /// <remarks>
    /// Prefer a column of paths to ML.NET's <c>LoadImages</c>, which ignores EXIF orientation: a photograph that was stored lying on its side then gets
    /// another embedding than <see cref="ImageEmbedder.Embed(string)"/> and the generators give it.
    /// </remarks>
    /// <exception cref="ArgumentException">A name is blank, or <see cref="EmbedImagesOptions.HiddenColumnName"/> is the output column.</exception>
    public ImageEmbeddingEstimator EmbedImages(
        string outputColumnName, EmbeddingModel model, string? inputColumnName = null, EmbedImagesOptions? options = null)
    {
        Guard.NotBlank(outputColumnName, nameof(outputColumnName));
        ArgumentNullException.ThrowIfNull(model);
        return new ImageEmbeddingEstimator(Context, outputColumnName, inputColumnName ?? outputColumnName, model, options ?? new EmbedImagesOptions());
    }

    /// <summary>Loads a saved model, and makes the steps of this library in it batched and parallel again.</summary>
    /// <param name="path">A model that <c>ml.Model.Save</c> wrote.</param>
    /// <param name="inputSchema">The schema that the model was saved with.</param>
    /// <param name="options">Threads and batch size of the restored steps; null for the defaults.</param>
    /// <returns>The model, which the caller disposes (<see cref="ITransformer"/> may be <see cref="IDisposable"/>).</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, is not a saved model, or needs a package that is not there; or a network in it takes more memory than
    /// <see cref="EmbeddingModel"/> allows. The inner exception is what ML.NET threw, if it was ML.NET that noticed.
    /// </exception>
    /// <remarks>
    /// <para><c>ml.Model.Load</c> loads the same file with equal results, a row at a time and with ML.NET's own resize.</para>
    /// <para>
    /// Load only files that you trust, as with <c>ml.Model.Load</c>: ML.NET creates objects of the types that the file names, from any assembly that the
    /// file names and that can be found. Before ML.NET reads it, the archive is checked: names, number, sizes and checksums of its entries, the types
    /// of its columns, and each ONNX network in it, as <see cref="EmbeddingModel"/> describes. So a damaged file is refused; a file that
    /// was made to do harm may still do it.
    /// </para>
    /// <para>Loading is stopped where it takes longer than 10 seconds, and a second more for each 10 MiB of the archive's content.</para>
    /// </remarks>
    public ITransformer Load(string path, out DataViewSchema inputSchema, OnnxScoringOptions? options = null)
    {
        Guard.NotBlank(path, nameof(path));
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no saved model '{path}'.", path);
        }

        ITransformer? loaded = null;
        try
        {
            loaded = SavedModelArchive.Load(Context, path, out inputSchema);
            ITransformer restored = StockOnnxChain.Restore(Context, loaded, step => step.CreateTransformer(Context, options ?? new OnnxScoringOptions()));

            // What a rejection says of itself is read when it is asked for; damage shows here.
            RejectionCalibration.Find(restored);
            return restored;
        }
        catch (Exception exception) when (exception is not UnauthorizedAccessException)
        {
            // ML.NET reads files without a check, so that a damaged one ends in any exception there is.
            (loaded as IDisposable)?.Dispose();
            throw new InvalidDataException(
                $"'{path}' is not a saved ML.NET model, or is damaged, of another version, or has parts whose packages are missing: {exception.Message}", exception);
        }
    }

    /// <summary>Classifies by the softmax of a linear function of the embedding: ML.NET's SdcaMaximumEntropy, made reproducible.</summary>
    /// <param name="labelColumnName">The classes, as keys.</param>
    /// <param name="featureColumnName">The embeddings.</param>
    /// <returns>
    /// ML.NET's trainer, on one thread: one seed of the <see cref="MLContext"/> gives one classifier. It keeps the rows in memory while it
    /// trains, and adds Score, the probabilities of the classes, and PredictedLabel.
    /// </returns>
    public SdcaMaximumEntropyMulticlassTrainer SoftmaxClassifier(
        string labelColumnName = "Label", string featureColumnName = "Features") =>
        Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = Guard.NotBlank(labelColumnName, nameof(labelColumnName)),
            FeatureColumnName = Guard.NotBlank(featureColumnName, nameof(featureColumnName)),
            NumberOfThreads = 1,
        });

    /// <summary>Classifies rows by a vote of their nearest neighbours among the rows that it is fitted on: exact, as an ONNX graph.</summary>
    /// <param name="labelColumnName">The classes, as keys; only read when fitted.</param>
    /// <param name="featureColumnName">The embeddings.</param>
    /// <param name="options">How many neighbours vote, the distance, threads; null for the defaults.</param>
    /// <returns>The estimator; its transformer is to be disposed. It adds Score, the shares of the votes, and PredictedLabel.</returns>
    public NearestNeighborsEstimator NearestNeighbors(
        string labelColumnName = "Label", string featureColumnName = "Features", NearestNeighborsOptions? options = null) =>
        new(
            Context,
            Guard.NotBlank(labelColumnName, nameof(labelColumnName)),
            Guard.NotBlank(featureColumnName, nameof(featureColumnName)),
            options ?? new NearestNeighborsOptions());

    /// <summary>Tells rows of the classes from rows of none, at a share of falsely rejected rows that the caller chooses.</summary>
    /// <param name="score">How unknown a row is, such as <see cref="UnknownScore.NeighborDistance"/>.</param>
    /// <param name="falseRejectionRate">The share in (0, 1) of the known rows that may be rejected.</param>
    /// <param name="options">Columns, and the rows that are held out; null for the defaults.</param>
    /// <returns>The estimator; its transformer is to be disposed. It adds UnknownScore and IsUnknown, and takes PredictedLabel away where unknown.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    public RejectUnknownEstimator RejectUnknown(UnknownScore score, double falseRejectionRate = 0.01, RejectUnknownOptions? options = null) =>
        RejectUnknown(score, RejectionThreshold.FalseRejectionRate(falseRejectionRate), options);

    /// <summary>Tells rows of the classes from rows of none, by a threshold of the caller's choice.</summary>
    /// <param name="score">How unknown a row is.</param>
    /// <param name="threshold">From which score on a row is unknown, such as <see cref="RejectionThreshold.Conformal"/>.</param>
    /// <param name="options">Columns, and the rows that are held out; null for the defaults.</param>
    /// <returns>The estimator; its transformer is to be disposed. It adds UnknownScore and IsUnknown, and takes PredictedLabel away where unknown.</returns>
    public RejectUnknownEstimator RejectUnknown(UnknownScore score, RejectionThreshold threshold, RejectUnknownOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(threshold);
        return new RejectUnknownEstimator(Context, score, threshold, options ?? new RejectUnknownOptions());
    }

    /// <summary>Measures how well the nearest references of queries are of their class.</summary>
    /// <param name="queries">Rows with embeddings and labels.</param>
    /// <param name="references">Rows with embeddings of the same network, and labels; null lets each query search all other queries.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="labelColumnName">The classes: keys, text or numbers; the two views' labels are matched by their values.</param>
    /// <param name="options">The distance, the k of recall@k, threads; null for the defaults.</param>
    /// <returns>Precision@1, R-precision, MAP@R, mean reciprocal rank, recall@k.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, a view is empty, or an embedding is not finite.</exception>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning.Evaluate, as every catalogue's members are.")]
    public RetrievalMetrics Evaluate(
        IDataView queries,
        IDataView? references = null,
        string embeddingColumnName = "Embedding",
        string labelColumnName = "Label",
        RetrievalEvaluationOptions? options = null) =>
        references is null
            ? RetrievalEvaluator.EvaluateLeaveOneOut(Guard.NotNull(queries, nameof(queries)), embeddingColumnName, labelColumnName, options)
            : RetrievalEvaluator.Evaluate(queries, references, embeddingColumnName, labelColumnName, options);

    /// <summary>Measures how well an unknown score tells rows of the classes from rows of none, with intervals.</summary>
    /// <param name="known">Rows of the classes that are known.</param>
    /// <param name="unknown">Rows of none of them, scored by the same chain.</param>
    /// <param name="unknownScoreColumnName">The unknown scores: Single, or a vector of one Single. Larger is more unknown.</param>
    /// <param name="isUnknownColumnName">
    /// Which rows the fitted threshold rejects: Boolean or Single (not 0), or a vector of one. Null, or IsUnknown where neither view has
    /// it, leaves out the figures at the threshold.
    /// </param>
    /// <param name="labelColumnName">
    /// The known rows' classes: keys, text or numbers. Null, or Label where the view does not have it, leaves out OSCR and the accuracy.
    /// </param>
    /// <param name="predictedLabelColumnName">
    /// The predictions for the known rows, where there are no closed-set ones, matched with the labels by value. Where rejection leaves no
    /// prediction, the rows that the fitted threshold rejects count as wrong at every threshold, so that OSCR comes out lower than it is.
    /// </param>
    /// <param name="closedSetPredictionColumnName">
    /// The predictions for the known rows before rejection; null takes ClosedSetLabel where the view has it, and otherwise
    /// <paramref name="predictedLabelColumnName"/>.
    /// </param>
    /// <param name="options">The bootstrap samples, confidence, seed and threads; null for the defaults.</param>
    /// <returns>AUROC, AUPR, FPR95, OSCR and the figures at the threshold, with their 95 % intervals.</returns>
    /// <exception cref="ArgumentException">
    /// A view has no rows, both are the same view, a column is missing or of another type, a score is NaN, or a label is missing.
    /// </exception>
    /// <remarks><see cref="RejectionEvaluator"/> also has figures by label of the unknown, <see cref="RocCurve"/> the curve.</remarks>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning, as every catalogue's members are.")]
    public RejectionMetrics EvaluateRejection(
        IDataView known,
        IDataView unknown,
        string unknownScoreColumnName = RejectionColumnNames.UnknownScore,
        string? isUnknownColumnName = RejectionColumnNames.IsUnknown,
        string? labelColumnName = RejectionColumnNames.Label,
        string? predictedLabelColumnName = RejectionColumnNames.PredictedLabel,
        string? closedSetPredictionColumnName = null,
        RejectionEvaluationOptions? options = null) =>
        RejectionEvaluator.Evaluate(
            known,
            unknown,
            unknownScoreColumnName,
            isUnknownColumnName,
            labelColumnName,
            predictedLabelColumnName,
            closedSetPredictionColumnName,
            options);

    /// <summary>Measures how well clusters agree with labels, such as those of ML.NET's KMeans on embeddings: NMI, AMI, ARI.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="labelColumnName">The labels: keys, text or numbers, none missing.</param>
    /// <param name="clusterColumnName">The clusters: keys, text or numbers, none missing.</param>
    /// <param name="cancellationToken">Stops the reading, between two rows.</param>
    /// <returns>Normalised and adjusted mutual information, adjusted Rand index, homogeneity, completeness.</returns>
    /// <exception cref="ArgumentException">
    /// The view has no rows, a column is missing or of another type, or a label or cluster is missing.
    /// </exception>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning, as every catalogue's members are.")]
    public ClusteringAgreement EvaluateClustering(
        IDataView view,
        string labelColumnName = "Label",
        string clusterColumnName = "PredictedLabel",
        CancellationToken cancellationToken = default) =>
        ClusteringAgreement.Compare(view, labelColumnName, clusterColumnName, cancellationToken);

    /// <summary>Projects embeddings to a plane by t-SNE, to look at them: neighbours stay neighbours.</summary>
    /// <param name="rows">Rows with embeddings, at least 3 × perplexity + 1; read once, in order, into memory.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="options">The perplexity, the seed, threads, progress; null for the defaults.</param>
    /// <returns>A point for each row, in the order of the rows, and how well the points keep the neighbourhoods.</returns>
    /// <exception cref="ArgumentException">
    /// The column is missing or of another type, there are too few rows for the perplexity, or an embedding is not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning.ProjectTSne, as every catalogue's members are.")]
    public TSneResult ProjectTSne(IDataView rows, string embeddingColumnName = "Embedding", TSneOptions? options = null) =>
        TSne.Project(rows, embeddingColumnName, options);
}
