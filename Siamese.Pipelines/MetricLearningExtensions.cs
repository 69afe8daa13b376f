using Siamese.Pipelines;

namespace Microsoft.ML;

/// <summary>Gives <see cref="MLContext"/> its catalogue of metric learning, beside ML.NET's own.</summary>
public static class MetricLearningExtensions
{
    extension(MLContext ml)
    {
        /// <summary>Gets the estimators and evaluations of deep metric learning.</summary>
        public MetricLearningCatalog MetricLearning
        {
            get
            {
                ArgumentNullException.ThrowIfNull(ml);
                return new MetricLearningCatalog(ml);
            }
        }
    }
}
