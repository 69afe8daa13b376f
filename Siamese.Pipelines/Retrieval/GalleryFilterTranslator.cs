using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Makes a <see cref="GalleryFilter"/> of an expression over records.</summary>
internal static class GalleryFilterTranslator
{
    private const string Supported =
        "A gallery's filter may say record.Label == \"x\", labels.Contains(record.Label) and record.Space == \"s\" or != \"s\", joined by && or, of labels, by ||.";

    /// <summary>Translates an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="space">The space of all records.</param>
    /// <param name="filter">The filter; null where all items pass.</param>
    /// <returns>False where no item can pass, since all are of another space.</returns>
    /// <exception cref="NotSupportedException">It says what a filter cannot.</exception>
    public static bool TryTranslate(Expression<Func<GalleryRecord, bool>> expression, string space, [MaybeNullWhen(true)] out GalleryFilter? filter)
    {
        ArgumentNullException.ThrowIfNull(expression);
        HashSet<string>? labels = Labels(expression.Body, expression.Parameters[0], space);
        filter = labels is null ? null : new GalleryFilter { Labels = labels };
        return labels is not { Count: 0 };
    }

    /// <summary>Gives the labels that pass; null for all.</summary>
    private static HashSet<string>? Labels(Expression expression, ParameterExpression record, string space)
    {
        switch (expression)
        {
            case BinaryExpression { NodeType: ExpressionType.AndAlso } both:
                HashSet<string>? left = Labels(both.Left, record, space);
                HashSet<string>? right = Labels(both.Right, record, space);
                return left is null ? right : right is null ? left : [.. left.Intersect(right)];

            case BinaryExpression { NodeType: ExpressionType.OrElse } either:
                HashSet<string>? first = Labels(either.Left, record, space);
                HashSet<string>? second = Labels(either.Right, record, space);
                return first is null || second is null ? null : [.. first, .. second];

            case BinaryExpression { NodeType: ExpressionType.Equal } equal when IsProperty(equal.Left, record, out string? name):
                return Equal(name, Value(equal.Right, record, expression), space, expression);

            case BinaryExpression { NodeType: ExpressionType.Equal } equal when IsProperty(equal.Right, record, out string? name):
                return Equal(name, Value(equal.Left, record, expression), space, expression);

            case BinaryExpression { NodeType: ExpressionType.NotEqual } unequal
                when IsProperty(unequal.Left, record, out string? name) && name == nameof(GalleryRecord.Space):
                return Equals(Value(unequal.Right, record, expression), space) ? [] : null;

            case MethodCallExpression { Method.Name: "Contains" } call:
                return Contained(call, record, expression);

            case ConstantExpression { Value: bool passes }:
                return passes ? null : [];

            default:
                throw Unsupported(expression);
        }
    }

    private static HashSet<string>? Equal(string name, object? value, string space, Expression expression) => name switch
    {
        nameof(GalleryRecord.Label) when value is string label => [label],
        nameof(GalleryRecord.Space) when value is string wanted => wanted == space ? null : [],
        _ => throw Unsupported(expression),
    };

    private static HashSet<string> Contained(MethodCallExpression call, ParameterExpression record, Expression expression)
    {
        // list.Contains(x), Enumerable.Contains(list, x), and MemoryExtensions.Contains(span, x[, comparer]), which C# 14 takes for arrays.
        Expression[] parts = call.Object is null ? [.. call.Arguments] : [call.Object, .. call.Arguments];
        if (parts.Length >= 2 && IsProperty(parts[1], record, out string? name) && name == nameof(GalleryRecord.Label)
            && (parts.Length == 2 || parts[2] is ConstantExpression { Value: null }))
        {
            Expression list = parts[0];
            while (list is MethodCallExpression { Method.Name: "op_Implicit" } or UnaryExpression { NodeType: ExpressionType.Convert })
            {
                list = list is MethodCallExpression conversion ? conversion.Arguments[0] : ((UnaryExpression)list).Operand;
            }

            if (Value(list, record, expression) is IEnumerable<string> labels)
            {
                // A list may hold null, which none of the records has.
                return [.. labels.Where(label => label is not null)];
            }
        }

        throw Unsupported(expression);
    }

    private static bool IsProperty(Expression expression, ParameterExpression record, [NotNullWhen(true)] out string? name)
    {
        name = expression is MemberExpression { Expression: { } owner, Member.Name: var member } && owner == record ? member : null;
        return name is not null;
    }

    /// <summary>Evaluates what does not depend on the record, such as a captured variable.</summary>
    private static object? Value(Expression expression, ParameterExpression record, Expression whole)
    {
        if (expression is ConstantExpression constant)
        {
            return constant.Value;
        }

        try
        {
            return Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)();
        }
        catch (InvalidOperationException exception)
        {
            // It names the record, which is not known here.
            throw new NotSupportedException($"'{whole}' compares {record.Name} with itself. {Supported}", exception);
        }
    }

    private static NotSupportedException Unsupported(Expression expression) => new($"'{expression}' is no filter of a gallery. {Supported}");
}
